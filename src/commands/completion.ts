import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Args } from '@oclif/core'
import { AmbientCommand } from '#cli/command.ts'

const scripts = {
  bash: 'ambientctl.bash',
  zsh: '_ambientctl',
  fish: 'ambientctl.fish',
  powershell: 'ambientctl.ps1',
} as const

export default class Completion extends AmbientCommand {
  static override summary = 'Print the completion script of a shell'

  static override description = `bash: source <(ambientctl completion bash), for instance in ~/.bashrc.

zsh: ambientctl completion zsh > "\${fpath[1]}/_ambientctl", then start a new shell.

fish: ambientctl completion fish > ~/.config/fish/completions/ambientctl.fish

PowerShell: ambientctl completion powershell | Out-String | Invoke-Expression, for instance in $PROFILE.`

  static override hiddenAliases = ['autocomplete']

  static override examples = [{ description: 'For bash', command: '<%= config.bin %> <%= command.id %> bash' }]

  static override args = {
    shell: Args.option({ options: Object.keys(scripts) as (keyof typeof scripts)[] })({
      description: 'The shell',
      required: true,
    }),
  }

  async run(): Promise<string> {
    const { args } = await this.parse(Completion)
    const script = await readFile(join(this.config.root, 'completions', scripts[args.shell]), 'utf8')
    return this.print(text => [text.trimEnd()], script)
  }
}

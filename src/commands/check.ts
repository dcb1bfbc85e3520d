import { Flags } from '@oclif/core'
import type { Finding } from '#check/finding.ts'
import { severities } from '#check/finding.ts'
import { clusterFlags, stateOf } from '#cli/cluster-flags.ts'
import { AmbientCommand } from '#cli/command.ts'
import { output, snapshot } from '#cli/flags.ts'
import { checkMesh, reaches } from '#pipeline/check-mesh.ts'
import { checkRenderers } from '#render/check/index.ts'

export default class CheckCommand extends AmbientCommand {
  static override summary = 'Look for what is wrong in a mesh: findings with stable codes, evidence and a fix'

  static override examples = [
    {
      description: 'Everything that is wrong',
      command: '<%= config.bin %> check --snapshot fixtures/demo --fail-on never',
    },
    {
      description: 'For a pipeline',
      command: '<%= config.bin %> check --snapshot fixtures/demo --fail-on never -o json',
    },
  ]

  static override flags = {
    'fail-on': Flags.option({
      summary: 'Exit with 2 when a finding is at least this severe',
      options: [...severities, 'never'] as const,
      default: 'error' as const,
    })(),
    output: output(checkRenderers, 'text'),
    snapshot,
    ...clusterFlags,
  }

  async run(): Promise<readonly Finding[]> {
    const { flags } = await this.parse(CheckCommand)
    const findings = await checkMesh(stateOf(flags))
    if (flags['fail-on'] !== 'never' && reaches(findings, flags['fail-on'])) this.exitAs('findings')
    return this.print(checkRenderers[flags.output], findings)
  }
}

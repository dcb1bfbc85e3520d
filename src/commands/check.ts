import { Flags } from '@oclif/core'
import type { Checked } from '#check/checked.ts'
import { fails } from '#check/checked.ts'
import { severities } from '#check/finding.ts'
import { clusterFlags, debugContainer, rules, stateOf } from '#cli/cluster-flags.ts'
import { AmbientCommand } from '#cli/command.ts'
import { output, snapshot, verbose } from '#cli/flags.ts'
import { report, reportsAsked, tellGithub, writeReports } from '#cli/reports.ts'
import { present, writeLines } from '#cli/terminal.ts'
import { checkState } from '#pipeline/check-mesh.ts'
import { expiredText } from '#render/check/expired.ts'
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
    {
      description: 'For code scanning and a test panel',
      command:
        '<%= config.bin %> check --snapshot fixtures/demo --fail-on never --report sarif=/tmp/ambientctl/check.sarif --report junit=/tmp/ambientctl/check.xml',
    },
  ]

  static override flags = {
    'fail-on': Flags.option({
      summary: 'Exit with 2 when a finding is at least this severe',
      options: [...severities, 'never'] as const,
      default: 'error' as const,
    })(),
    strict: Flags.boolean({ summary: 'Exit with 4 when a part of the input could not be read' }),
    'istioctl-exit-codes': Flags.boolean({ summary: 'Exit with 79 instead of 2, as istioctl does' }),
    baseline: Flags.string({
      summary: 'An earlier result of check -o json, whose findings are left out',
      helpValue: 'FILE',
    }),
    ignore: Flags.string({
      summary: 'A file whose ignore names findings that do not count until a day, with the reason. Repeatable',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'FILE',
    }),
    report,
    output: output(checkRenderers, 'text'),
    snapshot,
    rules,
    ...clusterFlags,
    'debug-container': debugContainer,
    verbose,
  }

  async run(): Promise<Checked> {
    const { flags } = await this.parse(CheckCommand)
    const reports = reportsAsked<Checked>(checkRenderers, flags.report)
    const { baseline, ignore } = flags
    const { findings, ignored, expired, issues } = await checkState({
      state: stateOf(flags),
      rules: flags.rules,
      baseline,
      ignore,
      now: present().at,
    })
    const checked: Checked = { findings, ...(ignored.length > 0 && { ignored }), failOn: flags['fail-on'] }
    await this.tellIssues(issues, flags.verbose)
    await writeLines(process.stderr, expiredText(expired))
    await writeReports(reports, checked)
    await tellGithub(checkRenderers, checked)
    if (findings.some(finding => fails(finding, checked.failOn)))
      this.exitAs(flags['istioctl-exit-codes'] ? 'istioctlFindings' : 'findings')
    else if (flags.strict && issues.length > 0) this.exitAs('undetermined')
    return this.print(checkRenderers[flags.output], checked)
  }
}

import { Args, Flags, type Interfaces } from '@oclif/core'
import { goldenFile, goldenText } from '#assertion/golden.ts'
import type { Tested } from '#assertion/tested.ts'
import { isFailure, isTooLittle } from '#assertion/tested.ts'
import { clusterFlags, stateOf } from '#cli/cluster-flags.ts'
import { AmbientCommand } from '#cli/command.ts'
import { output, snapshot, verbose } from '#cli/flags.ts'
import { report, reportsAsked, tellGithub, writeReports, writeText } from '#cli/reports.ts'
import { present } from '#cli/terminal.ts'
import { whenChanged } from '#cli/watch.ts'
import { severities } from '#model/severity.ts'
import { testRenderers } from '#render/test/index.ts'

export default class TestCommand extends AmbientCommand {
  static override summary = 'Hold a mesh against assertions about requests, invariants and findings'

  static override description = `FILE is YAML, with one suite a document; ambientctl test init writes one to start from.
An assertion that the evidence neither proves nor contradicts is undetermined: with --strict that is an exit code of its own.`

  static override examples = [
    {
      description: 'Hold the mesh against a file',
      command: '<%= config.bin %> test fixtures/assertions/demo.yaml --snapshot fixtures/demo',
    },
    {
      description: 'How much of the mesh the assertions exercise',
      command: '<%= config.bin %> test fixtures/assertions/demo.yaml --coverage --snapshot fixtures/demo',
    },
    {
      description: 'For a test panel',
      command:
        '<%= config.bin %> test fixtures/assertions/demo.yaml --report junit=/tmp/ambientctl/test.xml --snapshot fixtures/demo',
    },
  ]

  static override strict = false

  static override args = { file: Args.string({ required: true, description: 'Assertion files' }) }

  static override flags = {
    'fail-on': Flags.option({
      summary: 'Exit with 2 when an assertion of at least this severity fails',
      options: [...severities, 'never'] as const,
      default: 'error' as const,
    })(),
    strict: Flags.boolean({ summary: 'Exit with 4 when an assertion is undetermined' }),
    'istioctl-exit-codes': Flags.boolean({ summary: 'Exit with 79 instead of 2, as istioctl does' }),
    baseline: Flags.string({
      summary: 'An earlier result of test -o json, whose failures do not count',
      helpValue: 'FILE',
    }),
    update: Flags.boolean({ summary: 'Write the golden traces, which later runs are held against' }),
    coverage: Flags.boolean({ summary: 'Count the policies, routes, chains and rules that were exercised' }),
    covall: Flags.boolean({
      summary: 'Count each a second time, where it decided: --coverage counts also what was only met',
    }),
    'fail-under': Flags.integer({
      summary: 'Exit with 2 when the coverage is less',
      min: 0,
      max: 100,
      helpValue: 'PERCENT',
    }),
    watch: Flags.boolean({
      summary: 'Run again whenever a file of the assertions, the snapshot or the baseline changes',
    }),
    report,
    output: output(testRenderers, 'text'),
    snapshot,
    ...clusterFlags,
    verbose,
  }

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(TestCommand)
    const files = argv.map(String)
    if (flags.watch) await this.again(files, flags)
    else await this.once(files, flags)
  }

  private async again(files: readonly string[], flags: TestFlags): Promise<void> {
    const { baseline = [], update, report } = flags
    const reports = reportsAsked<Tested>(testRenderers, report).map(({ file }) => file)
    const written = [...reports, ...(update ? files.map(goldenFile) : [])]
    const paths = [...files, ...files.map(goldenFile), baseline].flat()
    await whenChanged({ paths, written }, () => this.once(files, flags))
  }

  /** Gives the snapshots that were read. */
  private async once(files: readonly string[], flags: TestFlags): Promise<readonly string[]> {
    const reports = reportsAsked<Tested>(testRenderers, flags.report)
    const { testMesh } = await import('#pipeline/test-mesh.ts')
    const counts = flags.coverage || flags.covall || flags['fail-under'] !== undefined
    const { results, coverage, golden, issues, read } = await testMesh({
      files,
      state: stateOf(flags),
      present: present(),
      baseline: flags.baseline,
      coverage: flags.covall ? 'everything' : counts ? 'usual' : undefined,
      ignoreGolden: flags.update,
    })
    const tested: Tested = {
      results,
      failOn: flags['fail-on'],
      ...(coverage !== undefined && { coverage }),
      ...(flags['fail-under'] !== undefined && { failUnder: flags['fail-under'] }),
    }
    if (flags.update) for (const [file, sections] of golden) await writeText(file, goldenText(sections))
    await this.tellIssues(issues, flags.verbose)
    await writeReports(reports, tested)
    await tellGithub(testRenderers, tested)
    if (isTooLittle(tested) || results.some(result => isFailure(result, tested.failOn)))
      this.exitAs(flags['istioctl-exit-codes'] ? 'istioctlFindings' : 'findings')
    else this.exitAs(flags.strict && results.some(({ outcome }) => outcome === 'unclear') ? 'undetermined' : 'ok')
    await this.print(testRenderers[flags.output], tested)
    return read
  }
}

type TestFlags = Interfaces.InferredFlags<typeof TestCommand.flags>

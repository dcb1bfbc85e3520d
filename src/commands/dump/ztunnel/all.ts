import { Flags } from '@oclif/core'
import { AmbientCommand } from '#cli/command.ts'
import { output, verbose } from '#cli/flags.ts'
import { present, writeLines } from '#cli/terminal.ts'
import { allNodes, isElementFormat, listFlags, ztunnelArgs, ztunnelRequest, ztunnelState } from '#cli/ztunnel-flags.ts'
import { dumpZtunnelAll } from '#pipeline/dump-ztunnel-all.ts'
import { ztunnelEverythingRenderers } from '#render/dump/ztunnel/everything.ts'
import { leftOut, listNotes } from '#render/dump/ztunnel/list-notes.ts'

export default class DumpZtunnelAll extends AmbientCommand {
  static override summary = 'All tables of a ztunnel, or its dump as it came'
  static override description =
    'Workloads, services, policies, certificates and connections, one after the other. `-o json` prints the dump with everything that the proxy sent.'
  static override examples = [
    {
      description: 'All tables',
      command:
        '<%= config.bin %> dump ztunnel all --snapshot fixtures/recorded/mesh-1.30/scenario-00-base/ztunnel-config_dump.json',
    },
  ]
  static override args = ztunnelArgs
  static override flags = {
    ...ztunnelState,
    ...allNodes,
    output: output(ztunnelEverythingRenderers, 'text'),
    verbose,
    'with-headers': Flags.boolean({ summary: 'A line with its name before each table', helpGroup: 'LIST' }),
    'no-headers': listFlags['no-headers'],
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DumpZtunnelAll)
    const everything = await dumpZtunnelAll({
      ...ztunnelRequest(flags, args, 'any'),
      detail: flags.output === 'wide' ? 'wide' : 'default',
      banners: flags['with-headers'],
      headers: !flags['no-headers'],
      present: present(),
    })
    await this.print(ztunnelEverythingRenderers[flags.output], everything)
    const differing = leftOut(flags.output, everything.divergences)
    await writeLines(process.stderr, listNotes('records', { untold: [], noMatch: false, differing }))
    await this.tellIssues(await everything.issues(), flags.verbose)
    if (!isElementFormat(flags.output)) await this.tellMoment(everything.moment)
  }
}

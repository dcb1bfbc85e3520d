import { AmbientCommand } from '#cli/command.ts'
import { writeLines } from '#cli/terminal.ts'
import { isElementFormat } from '#cli/ztunnel-flags.ts'
import type { DecodeIssue } from '#model/issue.ts'
import { leftOut, listNotes } from '#render/dump/ztunnel/list-notes.ts'
import { type ZtunnelListing, type ZtunnelListingFormat, ztunnelListingRenderer } from '#render/dump/ztunnel/listing.ts'

interface TableFlags {
  readonly output: ZtunnelListingFormat
  readonly template?: string | undefined
  readonly verbose: boolean
  readonly columns?: string | undefined
  readonly 'sort-by'?: string | undefined
  readonly 'no-headers': boolean
}

/** A command that prints one table of ztunnels. */
export abstract class ZtunnelTableCommand extends AmbientCommand {
  /** kubectl's way to give a template: `-o jsonpath=TEMPLATE`. */
  override async init(): Promise<void> {
    await super.init()
    this.argv = this.argv.flatMap(argument => {
      const [, flag = '', template] = /^(-o=?|--output=)?jsonpath=(.*)$/s.exec(argument) ?? []
      return template === undefined ? [argument] : [`${flag}jsonpath`, `--template=${template}`]
    })
  }

  protected async printTable(
    table: ZtunnelListing & { readonly issues: () => Promise<readonly DecodeIssue[]> },
    flags: TableFlags,
  ): Promise<void> {
    await this.print(ztunnelListingRenderer(flags.output, flags.template), table)
    const unused = isElementFormat(flags.output) ? rowFlags(flags) : []
    const differing = leftOut(flags.output, table.divergences)
    await writeLines(process.stderr, listNotes(table.member, { ...table.notes, unused, differing }))
    await this.tellIssues(await table.issues(), flags.verbose)
  }
}

const rowFlags = (flags: TableFlags): readonly string[] => [
  ...(flags.columns === undefined ? [] : ['--columns']),
  ...(flags['sort-by'] === undefined ? [] : ['--sort-by']),
  ...(flags['no-headers'] ? ['--no-headers'] : []),
]

import { Command } from '@oclif/core'
import { everywhere } from '#cli/flags.ts'
import { errorLook, outputLook, present, writeLines } from '#cli/terminal.ts'
import { usageFailure } from '#cli/usage.ts'
import { type ExitKind, exitCodes } from '#errors.ts'
import type { DecodeIssue } from '#model/issue.ts'
import type { Moment } from '#model/moment.ts'
import { issueCount, issueList } from '#render/issues.ts'
import type { StreamRenderer } from '#render/look.ts'
import { momentText } from '#render/moment.ts'

/**
 * What every command shares. A command file is its manual page: summary, description, examples, flags, and a body of one call.
 *
 * ```ts
 * export default class DumpRedirection extends AmbientCommand {
 *   static override summary = 'Show what redirects the traffic of a pod or node'
 *   static override examples = [
 *     { description: 'The rules of every pod', command: '<%= config.bin %> dump redirection --snapshot fixtures/demo' },
 *   ]
 *   static override args = { pod: Args.string({ description: 'Only this pod, as NAMESPACE/NAME' }) }
 *   static override flags = { snapshot, namespace, verbose, output: output(redirectionRenderers, 'text') }
 *
 *   async run() {
 *     const { args, flags } = await this.parse(DumpRedirection)
 *     const result = await dumpRedirection({ snapshots: flags.snapshot, pod: args.pod })
 *     await this.tellIssues(result.issues, flags.verbose)
 *     return this.print(redirectionRenderers[flags.output], result)
 *   }
 * }
 * ```
 *
 * The file's path is the command's name. Examples run in a test, so they name files of this project. After a change run
 * `npm run docs`; what the manual page cannot take from here goes into `docs/man/<command>.md`.
 */
export abstract class AmbientCommand extends Command {
  static override baseFlags = everywhere

  protected override async init(): Promise<void> {
    await super.init()
    this.argv = keptOrders(this.argv)
  }

  /** Prints a result to standard output and hands it back. */
  protected async print<Result>(renderer: StreamRenderer<Result>, result: Result): Promise<Result> {
    await writeLines(process.stdout, renderer(result, outputLook()))
    return result
  }

  /** Tells on standard error what could not be read: how many parts, or with the flag each of them. */
  protected async tellIssues(issues: readonly DecodeIssue[], verbose: boolean, flag = '--verbose'): Promise<void> {
    await writeLines(process.stderr, verbose ? issueList(issues, errorLook()) : issueCount(issues, flag))
  }

  /** Tells on standard error as of when expiry was judged, where that is not now. */
  protected async tellMoment(moment: Moment): Promise<void> {
    await writeLines(process.stderr, momentText(moment, present().at))
  }

  /** Sets the exit code of a run that gave an answer. */
  protected exitAs(kind: ExitKind): void {
    process.exitCode = exitCodes[kind]
  }

  /** Failures are told once, in `cli/main.ts`; only here is known which command was asked. */
  protected override async catch(error: Error): Promise<never> {
    throw usageFailure(error, this.config.bin, this.id) ?? error
  }
}

/** Of `--sort-by -node`, oclif would take `-n` for a flag: a space in front keeps it from that, see `sortBy`. */
const keptOrders = (argv: readonly string[]): string[] =>
  argv.map((word, at) =>
    argv[at - 1] === '--sort-by' && /^-[^-]{2}/.test(word) ? ` ${word}` : word.replace(/^--sort-by=-/, '--sort-by= -'),
  )

import { UserError } from '#errors.ts'
import type { Moment } from '#model/moment.ts'
import type { Look } from '#render/look.ts'

/** The streams of a process as far as `Look` depends on them. */
export interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
}

type Environment = Readonly<Record<string, string | undefined>>

/** Colours: `--no-color`, then FORCE_COLOR, NO_COLOR and TERM=dumb, then whether people read it. */
export const lookOf = (terminal: Terminal, environment: Environment, argv: readonly string[] = []): Look => ({
  colour: !argv.includes('--no-color') && wantsColour(terminal, environment),
  width: widthOf(terminal, environment),
})

/** The look of standard output. */
export const outputLook = (): Look => lookOf(process.stdout, process.env, process.argv)

/** The look of standard error, where failures and progress go. */
export const errorLook = (): Look => lookOf(process.stderr, process.env, process.argv)

const wantsColour = (terminal: Terminal, { FORCE_COLOR, NO_COLOR, TERM }: Environment): boolean => {
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false
  return terminal.isTTY === true && TERM !== 'dumb'
}

const widthOf = (terminal: Terminal, { COLUMNS }: Environment): number => {
  const asked = Number(COLUMNS)
  if (Number.isInteger(asked) && asked > 0) return asked
  return terminal.isTTY === true && terminal.columns ? terminal.columns : Number.POSITIVE_INFINITY
}

/** The present: the clock's, or the one that AMBIENTCTL_NOW asks for. */
export const present = ({ AMBIENTCTL_NOW: asked }: Environment = process.env): Moment => {
  if (asked === undefined || asked === '') return { at: new Date(), from: 'clock' }
  const time = new Date(asked)
  if (Number.isNaN(time.getTime()))
    throw new UserError('usage', `AMBIENTCTL_NOW is no time: ${asked}`, {
      next: ['use RFC 3339: 2026-01-31T12:00:00Z'],
    })
  return { at: time, from: 'asked' }
}

const batchBytes = 65_536

/** Writes lines in large pieces, no faster than the reader takes them. */
export const writeLines = async (
  stream: NodeJS.WritableStream,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<void> => {
  for await (const batch of Symbol.asyncIterator in lines ? slowBatches(lines) : batches(lines))
    await write(stream, batch)
}

function* batches(lines: Iterable<string>): Iterable<string> {
  let batch = ''
  for (const line of lines) {
    batch += `${line}\n`
    if (batch.length < batchBytes) continue
    yield batch
    batch = ''
  }
  if (batch !== '') yield batch
}

/** The same for lines that are still being read: waiting for each line costs as much as writing it. */
async function* slowBatches(lines: AsyncIterable<string>): AsyncIterable<string> {
  let batch = ''
  for await (const line of lines) {
    batch += `${line}\n`
    if (batch.length < batchBytes) continue
    yield batch
    batch = ''
  }
  if (batch !== '') yield batch
}

const write = (stream: NodeJS.WritableStream, text: string): Promise<void> =>
  new Promise(resolve => {
    stream.write(text, () => resolve())
  })

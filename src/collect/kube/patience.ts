import { setTimeout as sleep } from 'node:timers/promises'
import { ClusterFailure, interrupted, timedOut } from './failure.ts'

/** How long to go on. */
export interface Patience {
  /** Milliseconds for one piece of evidence, all attempts together; Infinity for no end. */
  readonly timeout: number
  /** Ends everything at once. */
  readonly signal: AbortSignal
  /** 0…1, for jitter. */
  readonly random: () => number
}

const attempts = 5
const firstPause = 200
const longestPause = 5000

/** Asks again after transient failures, with growing pauses, as long as the time lasts. The last failure is thrown. */
export const persistently = async <T>(
  what: string,
  { timeout, signal, random }: Patience,
  attempt: (signal: AbortSignal) => Promise<T>,
  onRetry: (failure: ClusterFailure) => void = () => undefined,
): Promise<T> => {
  const until = Date.now() + timeout
  let before: unknown
  for (let number = 1; ; number++) {
    if (signal.aborted) throw interrupted()
    const failure = await within(what, until, timeout, signal, attempt)
    if (failure.ok) return failure.value
    const { error } = failure
    // A refusal says more than that the time was over while it was tried again.
    if (error instanceof ClusterFailure && error.kind === 'timeout') throw before ?? error
    before = error
    if (!(error instanceof ClusterFailure) || !error.transient || number === attempts) throw error
    const pause = error.retryAfter ?? Math.min(longestPause, firstPause * 2 ** (number - 1)) * (0.5 + random() / 2)
    if (Date.now() + pause >= until) throw error
    onRetry(error)
    await sleep(pause, undefined, { signal }).catch(() => {
      throw interrupted()
    })
  }
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }

const within = async <T>(
  what: string,
  until: number,
  timeout: number,
  signal: AbortSignal,
  attempt: (signal: AbortSignal) => Promise<T>,
): Promise<Attempt<T>> => {
  const deadline = new AbortController()
  const end = () => deadline.abort()
  signal.addEventListener('abort', end, { once: true })
  const timer = Number.isFinite(until) ? setTimeout(end, until - Date.now()) : undefined
  try {
    return { ok: true, value: await attempt(deadline.signal) }
  } catch (error) {
    if (signal.aborted) throw interrupted()
    return { ok: false, error: deadline.signal.aborted ? timedOut(what, timeout) : error }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
}

/** Runs at most `size` pieces of work at a time, the others wait in order. */
export class Slots {
  private free: number
  private readonly waiting: (() => void)[] = []

  constructor(size: number) {
    this.free = size
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--
    else await new Promise<void>(go => this.waiting.push(go))
    try {
      return await work()
    } finally {
      const next = this.waiting.shift()
      if (next === undefined) this.free++
      else next()
    }
  }
}

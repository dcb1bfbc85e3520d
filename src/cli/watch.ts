import { existsSync, statSync, watch } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { tellFailure } from '#cli/failure.ts'
import { errorLook, writeLines } from '#cli/terminal.ts'
import { watching } from '#render/watching.ts'

export interface Watched {
  readonly paths: readonly string[]
  /** What a run itself writes: no reason to run again. */
  readonly written: readonly string[]
}

/**
 * Runs once, then again after every change of the files or folders, until the process is interrupted. A run gives what
 * else it has read; one that fails is told and ends nothing.
 */
export const whenChanged = async (
  { paths, written }: Watched,
  run: () => Promise<readonly string[]>,
): Promise<never> => {
  const own = new Set(written.map(path => resolve(path)))
  const changed = new Set<string>()
  let wake = (): void => undefined
  const see = (path: string): void => {
    if (own.has(path)) return
    changed.add(relative('', path))
    wake()
  }
  const seen = new Set<string>()
  const watchAll = (all: readonly string[]): void => {
    for (const path of all) if (!seen.has(path)) watchPath(path, see)
    for (const path of all) seen.add(path)
  }
  watchAll(paths)
  for (;;) {
    watchAll(await run().catch(toldAnyway))
    await writeLines(process.stderr, watching({ kind: 'waiting' }, errorLook()))
    if (changed.size === 0)
      await new Promise<void>(woken => {
        wake = woken
      })
    await settled()
    await writeLines(process.stderr, watching({ kind: 'changed', files: [...changed].toSorted() }, errorLook()))
    changed.clear()
  }
}

const toldAnyway = async (error: unknown): Promise<readonly string[]> => {
  await tellFailure(error)
  return []
}

/** A file is watched in its folder: editors replace files, and it may come later. */
const watchPath = (path: string, see: (path: string) => void): void => {
  const whole = resolve(path)
  const isFolder = existsSync(whole) && statSync(whole).isDirectory()
  const folder = isFolder ? whole : dirname(whole)
  watch(folder, { recursive: isFolder }, (_, name) => {
    const changed = name === null ? whole : resolve(folder, name)
    if (isFolder || changed === whole) see(changed)
  })
}

/** Editors write a file in several steps. */
const settled = (): Promise<void> => new Promise(woken => setTimeout(woken, 100))

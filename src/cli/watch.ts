import { watch } from 'node:fs'

/** Runs once, then again after every change of the files or folders, until the process is interrupted. */
export const whenChanged = async (paths: readonly string[], run: () => Promise<void>): Promise<void> => {
  await run()
  let changed: (() => void) | undefined
  let pending = false
  for (const path of paths)
    watch(path, { recursive: true }, () => {
      pending = true
      changed?.()
    })
  for (;;) {
    if (!pending)
      await new Promise<void>(resolve => {
        changed = resolve
      })
    await settled()
    pending = false
    changed = undefined
    await run()
  }
}

/** Editors write a file in several steps. */
const settled = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 100))

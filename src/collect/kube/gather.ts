import type { Note } from '#model/note.ts'
import type { Item } from '../item.ts'

/** One piece of collecting: what it will bring is known before, so that a snapshot can go on where it stopped. */
export interface Task {
  readonly paths: readonly string[]
  readonly what: string
  run(): Promise<readonly Item[]>
}

/** Tasks that are under way or wait to be read. */
const window = 12

/** Runs tasks side by side and hands over what each brought, in the order in which they end. */
export async function* gather(
  tasks: readonly Task[],
  run: (task: Task) => Promise<readonly Item[]>,
  tell: (note: Note) => void,
): AsyncGenerator<readonly Item[]> {
  const waiting = [...tasks]
  const running = new Set<Promise<void>>()
  const finished: (readonly Item[])[] = []
  let done = 0
  const start = (task: Task): void => {
    const ended: Promise<void> = run(task).then(items => {
      running.delete(ended)
      finished.push(items)
      tell({ kind: 'progress', done: ++done, of: tasks.length, what: task.what })
    })
    ended.catch(() => undefined)
    running.add(ended)
  }
  while (waiting.length + running.size + finished.length > 0) {
    // What is finished waits in memory: no more is begun than the reader keeps up with.
    for (const task of waiting.splice(0, window - running.size - finished.length)) start(task)
    if (finished.length === 0) await Promise.race(running)
    for (const items of finished.splice(0)) yield items
  }
}

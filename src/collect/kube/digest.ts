import type { NonEmpty } from '#model/evidence.ts'
import type { Note } from '#model/note.ts'
import type { PartialList } from './lists.ts'
import type { FoundRules } from './redirection.ts'

/** Notes that many pieces of evidence share, told once for all of them. */
export class Digest {
  private readonly rules = new Map<string, { readonly found: FoundRules; readonly subjects: string[] }>()
  private readonly lists = new Map<string, NonEmpty<PartialList>>()

  rulesFound(subject: string, found: FoundRules): void {
    const key = JSON.stringify([found.by, found.because])
    const group = this.rules.get(key) ?? { found, subjects: [] }
    group.subjects.push(subject)
    this.rules.set(key, group)
  }

  listed(partial: PartialList): void {
    const key = partial.namespaces.join()
    const group = this.lists.get(key)
    this.lists.set(key, group === undefined ? [partial] : [...group, partial])
  }

  /** What was not told yet. */
  *take(): Iterable<Note> {
    for (const group of this.lists.values()) yield partialNote(group)
    for (const { found, subjects } of this.rules.values())
      yield { kind: 'redirection', subjects: subjects.sort(), by: found.by, because: found.because, next: found.next }
    this.lists.clear()
    this.rules.clear()
  }
}

const partialNote = (group: NonEmpty<PartialList>): Note => ({
  kind: 'partial',
  what: group.map(({ what }) => what),
  namespaces: group[0].namespaces,
  why: group[0].refusal.message,
  next: group[0].refusal.next,
})

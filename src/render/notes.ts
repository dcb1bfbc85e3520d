import type { Note, RedirectionSource } from '#model/note.ts'
import type { Look } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { printable } from '#render/printable.ts'

const redirectionWords: Readonly<Record<RedirectionSource, string>> = {
  'istio-cni': 'read from the kernel, through istio-cni',
  'debug-container': 'read from the kernel, in a debug container that stays in the pod',
  'istio-cni-log': "intended: what istio-cni's log says it programmed, not what the kernel holds",
  assumed: 'assumed: not collected',
}

/** What happened while a cluster was asked, for standard error. */
export function* noteText(note: Exclude<Note, { kind: 'progress' }>, look: Look): Iterable<string> {
  const colours = paint(look)
  switch (note.kind) {
    case 'redirection':
      yield `note: rules of ${some(note.subjects)}: ${redirectionWords[note.by]}`
      for (const why of note.because) yield `  because: ${printable(why)}`
      yield* nextSteps(note.next, look)
      return
    case 'partial':
      yield `${colours.yellow('partial:')} ${note.what.join(', ')}: only of ${note.namespaces.length === 1 ? 'namespace' : 'namespaces'} ${some(note.namespaces)}: ${printable(note.why)}`
      yield* nextSteps(note.next, look)
      return
    case 'several-ztunnels':
      yield `note: node ${printable(note.node)} runs several ztunnels: ${printable(note.chosen)} is read, not ${some(note.others)}`
      return
    case 'no-mesh':
      yield `note: ${printable(note.why)}`
      yield* nextSteps(note.next, look)
      return
    case 'again':
      yield `note: asked again for ${printable(note.what)}: ${printable(note.why)}`
      return
    case 'lost':
      yield `${colours.yellow('missing:')} ${printable(note.what)}: ${printable(note.why)}`
      yield* nextSteps(note.next, look)
  }
}

function* nextSteps(next: readonly string[], look: Look): Iterable<string> {
  for (const step of next) yield `  ${paint(look).bold('try:')} ${printable(step)}`
}

const shown = 3

const some = (names: readonly string[]): string => {
  const more = names.length - shown
  const named = names.slice(0, shown).map(printable).join(', ')
  return more > 0 ? `${named} and ${more} more` : named
}

/** One line that is overwritten by the next. */
export const progressText = ({ done, of, what }: Note & { readonly kind: 'progress' }, width: number): string =>
  `${done}/${of} ${printable(what)}`.slice(0, width - 1)

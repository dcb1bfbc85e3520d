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
      yield `note: rules of ${printable(note.subject)}: ${redirectionWords[note.by]}`
      for (const why of note.because) yield `  because: ${printable(why)}`
      return
    case 'again':
      yield `note: asked again for ${printable(note.what)}: ${printable(note.why)}`
      return
    case 'lost':
      yield `${colours.yellow('missing:')} ${printable(note.what)}: ${printable(note.why)}`
      for (const step of note.next) yield `  ${colours.bold('try:')} ${printable(step)}`
  }
}

/** One line that is overwritten by the next. */
export const progressText = ({ done, of, what }: Note & { readonly kind: 'progress' }, width: number): string =>
  `${done}/${of} ${printable(what)}`.slice(0, width - 1)

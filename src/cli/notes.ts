import { errorLook } from '#cli/terminal.ts'
import type { Note } from '#model/note.ts'
import { noteText, progressText } from '#render/notes.ts'

/** Tells on a stream what happens while a cluster is asked; progress only where people watch, in a line that goes away. */
export class NoteTeller {
  private readonly stream: NodeJS.WriteStream
  private showsProgress = false

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream
  }

  tell(note: Note): void {
    if (note.kind === 'progress') this.progress(note)
    else {
      this.clear()
      for (const line of noteText(note, errorLook())) this.stream.write(`${line}\n`)
    }
  }

  private progress(note: Note & { readonly kind: 'progress' }): void {
    if (this.stream.isTTY !== true) return
    this.clear()
    if (note.done === note.of) return
    this.stream.write(progressText(note, this.stream.columns))
    this.showsProgress = true
  }

  private clear(): void {
    if (this.showsProgress) this.stream.write('\r\u001b[K')
    this.showsProgress = false
  }
}

/** A number as it was written, where no double has its value: 2^53 + 1, 1e999. */
export class ExactNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** Shows a writer of JSON that it must write `text` instead. */
  toJSON(): string {
    return `${ExactNumber.mark}${this.text}`
  }

  /** A character for private use: no name or address has it. */
  static readonly mark = '\ue000'
}

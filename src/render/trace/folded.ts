import type { Look } from '#render/look.ts'
import { printable } from '#render/printable.ts'

/** A text after `first`, broken between words to the width of the look; what does not fit goes on after `rest`. */
export const folded = (text: string, { width }: Look, first = '', rest = `${first}  `): readonly string[] => {
  const [begin = '', ...words] = printable(text).split(' ')
  const lines = [`${first}${begin}`]
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`
    if (longer.length <= width) lines[lines.length - 1] = longer
    else lines.push(`${rest}${word}`)
  }
  return lines
}

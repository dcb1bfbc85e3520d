import stringWidth from 'string-width'
import { printable } from '#render/printable.ts'

/** Cells of this form need no escaping and are as wide as they are long: nearly all of them. */
const plain = /^[\u0020-\u007e]*$/

/** A cell as a terminal may see it. */
export const cellText = (text: string): string => (plain.test(text) ? text : printable(text))

/** Terminal columns of an escaped cell: 2 for a wide character, 0 for a combining one. */
export const cellWidth = (text: string): number => (plain.test(text) ? text.length : stringWidth(text))

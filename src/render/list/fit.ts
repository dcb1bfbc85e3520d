import { cellText, cellWidth } from './cell.ts'

const ellipsis = '…'
const separator = ', '

/** A text within a width of terminal columns; what is left out at its end is an ellipsis. */
export const fitted = (text: string, room: number): string => {
  const whole = cellText(text)
  return cellWidth(whole) <= room ? whole : `${beginning(whole, room - 1)}${ellipsis}`
}

/** The same for a path or the name of a node, of which the end tells more. */
export const fittedPath = (path: string, room: number): string => {
  const whole = cellText(path)
  if (cellWidth(whole) <= room) return whole
  const letters = Array.from(whole)
  let width = 1
  let from = letters.length
  while (from > 0 && width + cellWidth(letters[from - 1] ?? '') <= room) width += cellWidth(letters[--from] ?? '')
  return `${ellipsis}${letters.slice(from).join('')}`
}

/** As many of the names as fit, and how many more there are: `a, b and 17 more`. The first is there whatever its length. */
export const fittedNames = (names: readonly string[], room: number): string => {
  const beside = sideBySide(names, room)
  if (beside.length === names.length) return beside.join(separator)
  for (let most = beside.length; most > 0; most--) {
    const text = `${beside.slice(0, most).join(separator)} and ${names.length - most} more`
    if (cellWidth(text) <= room) return text
  }
  const rest = names.length > 1 ? ` and ${names.length - 1} more` : ''
  return `${fitted(names[0] ?? '', room - rest.length)}${rest}`
}

/** The first names, as many as fit behind each other. A list may be long: what does not fit is not looked at. */
const sideBySide = (names: readonly string[], room: number): readonly string[] => {
  const texts: string[] = []
  let width = -separator.length
  for (const name of names) {
    const text = cellText(name)
    width += separator.length + cellWidth(text)
    if (width > room) break
    texts.push(text)
  }
  return texts
}

/** Lines within a width, broken after a space, a comma or a slash where there is one in their second half. */
export const wrapped = (text: string, room: number): readonly string[] => {
  const lines: string[] = []
  let rest = cellText(text)
  while (cellWidth(rest) > room) {
    const most = beginning(rest, room)
    const atSpace = rest[most.length] === ' ' ? most.length : 0
    const end = Math.max(atSpace, ...[' ', ',', '/'].map(sign => most.lastIndexOf(sign) + 1))
    const line = end > most.length / 2 ? rest.slice(0, end) : most
    lines.push(line.trimEnd())
    rest = rest.slice(line.length).trimStart()
  }
  return [...lines, rest]
}

/** At least one character, so that wrapping ends. */
const beginning = (text: string, room: number): string => {
  let begun = ''
  let width = 0
  for (const letter of text) {
    width += cellWidth(letter)
    if (width > room && begun !== '') break
    begun += letter
  }
  return begun
}

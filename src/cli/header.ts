import { UserError } from '#errors.ts'

/** `Name: value` as curl takes it; `Name;` is a header without a value. */
export const parseHeader = (text: string): readonly [name: string, value: string] => {
  const colon = text.indexOf(':')
  if (colon > 0) return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()]
  if (text.endsWith(';')) return [text.slice(0, -1).trim(), '']
  throw new UserError('usage', `cannot read the header "${text}"`, { next: ['write it as "Name: value"'] })
}

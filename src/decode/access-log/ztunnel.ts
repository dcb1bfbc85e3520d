import type { LogLine } from '#model/access-log.ts'

/** ztunnel's text (`TIME level scope message key=value …`, tabs between) or JSON; a bare error text counts as one. */
export const ztunnelLine = (line: string, record?: Readonly<Record<string, unknown>>): LogLine | undefined => {
  if (record !== undefined)
    return lineOf(
      String(record.message ?? ''),
      Object.fromEntries(Object.entries(record).map(([key, value]) => [key, String(value)])),
    )
  const fields = Object.fromEntries(
    [...line.matchAll(/(?:^|\s)([a-z][\w.]*)=("(?:[^"\\]|\\.)*"|\S*)/g)].map(([, key = '', value = '']) => [
      key,
      unquoted(value),
    ]),
  )
  const message = /\b(connection (?:complete|failed|opened))\b/.exec(line)?.[1]
  if (message !== undefined || fields.error !== undefined) return lineOf(message ?? '', fields)
  const [, text] = /^\S+\t\w+\t\S+\t([^\t]+)/.exec(line) ?? []
  return line === '' ? undefined : lineOf('', { error: text ?? line })
}

const lineOf = (message: string, fields: Readonly<Record<string, string>>): LogLine => {
  const { direction, error } = fields
  return {
    proxy: 'ztunnel',
    message,
    fields,
    ...((direction === 'inbound' || direction === 'outbound') && { direction }),
    ...(error !== undefined && error !== '' && { error }),
  }
}

const unquoted = (value: string): string => (value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value)

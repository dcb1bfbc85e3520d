import { readLog } from '#decode/logs.ts'
import type { LogLine } from '#model/access-log.ts'

type ZtunnelLine = Extract<LogLine, { proxy: 'ztunnel' }>

/**
 * A line of ztunnel, or of the agents that log alike, as text (`TIME level scope message key=value …`) or JSON. Tabs may
 * have become spaces, and other text may stand before the time. Anything else counts as a bare error text.
 */
export const ztunnelLine = (line: string): LogLine | undefined => {
  if (line === '') return undefined
  const [read] = readLog(withTabs(line), '')
  if (read === undefined) return /\b[\w.]+=/.test(line) ? withoutHead(line) : bare(line)
  const { scope, level, message, fields } = read
  const error = fields.error || (scope === 'access' ? undefined : wholeMessage(message, fields))
  return {
    ...lineOf(scope === 'access' ? message : '', fields),
    ...(error !== undefined && { error }),
    ...(scope !== '' && { scope: nameOf(scope) }),
    level,
  }
}

const bare = (error: string): ZtunnelLine => ({ proxy: 'ztunnel', message: '', fields: {}, error })

/** `proxy::h2::client:proxy{wl=…}:outbound{…}` and `ztunnel::state` without what stands around the name. */
const nameOf = (scope: string): string => scope.replace(/^ztunnel::/, '').replace(/(?<!:):(?!:).*$/, '')

/** Some messages give their cause in a field. */
const wholeMessage = (message: string, { err }: Readonly<Record<string, string>>): string =>
  err === undefined ? message : `${message}: ${err}`

const head = /\d{4}-\d\d-\d\dT\S+\s+(?:trace|debug|info|warn|error)\s/

/** From the time on, with a tab after each part of the head: copied lines have lost them. */
const withTabs = (line: string): string => {
  const start = line.search(head)
  if (line.startsWith('{') || start < 0) return line
  const text = line.slice(start)
  if (text.includes('\t')) return text
  return text.replace(
    /^(\S+)\s+(\w+)\s+((?:[^\s{]|\{[^}]*\})+)\s+(.*?)(?:\s+([a-z][\w.]*=.*))?$/,
    (_, time: string, level: string, scope: string, message: string, fields = '') =>
      [time, level, scope, message, fields].join('\t'),
  )
}

/** Fields alone, as from a panel that shows a part of the line. */
const withoutHead = (line: string): LogLine => {
  const [read] = readLog(`1970-01-01T00:00:00Z\t\taccess\t${` ${line}`.replace(/\s+(?=[a-z][\w.]*=)/, '\t')}`, '')
  const fields = read?.fields ?? {}
  if (fields.error === undefined && fields.direction === undefined) return bare(line)
  const message = /\b(connection (?:complete|failed|opened))\b/.exec(line)?.[1] ?? ''
  return { ...lineOf(message, fields), ...(fields.error !== undefined && { error: fields.error }) }
}

const lineOf = (message: string, fields: Readonly<Record<string, string>>): ZtunnelLine => {
  const { direction } = fields
  const from = senderOf(fields)
  const to = fields['dst.hbone_addr'] ?? fields['dst.addr']
  return {
    proxy: 'ztunnel',
    message,
    fields,
    ...((direction === 'inbound' || direction === 'outbound') && { direction }),
    ...(direction === 'outbound' && message === 'connection complete' && { tunnel: 'dst.hbone_addr' in fields }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  }
}

/** A line that ztunnel writes early has the address alone. */
const senderOf = (fields: Readonly<Record<string, string>>): string | undefined => {
  const pod = fields['src.workload']
  return pod === undefined ? fields['src.addr']?.replace(/:\d+$/, '') : `${fields['src.namespace'] ?? ''}/${pod}`
}

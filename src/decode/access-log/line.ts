import type { LogLine } from '#model/access-log.ts'
import { envoyLine } from './envoy.ts'
import { ztunnelLine } from './ztunnel.ts'

/** A line of a ztunnel or of an Envoy, or response flags alone; undefined when it is none of these. */
export const readLogLine = (text: string): LogLine | undefined => {
  const line = text.trim()
  return jsonLine(line) ?? envoyLine(line) ?? flagsAlone(line) ?? ztunnelLine(line)
}

const jsonLine = (line: string): LogLine | undefined => {
  if (!line.startsWith('{')) return undefined
  const record = parsed(line)
  if (record === undefined) return undefined
  const field = (name: string): string | undefined => {
    const value = record[name]
    return value === undefined || value === null || value === '-' ? undefined : String(value)
  }
  const flags = field('response_flags')
  if (flags === undefined && field('response_code') === undefined) return ztunnelLine(line, record)
  const status = Number(field('response_code') ?? '0')
  return {
    proxy: 'envoy',
    ...(status > 0 && { status }),
    flags: flags?.split(',') ?? [],
    details: ['response_code_details', 'connection_termination_details', 'upstream_transport_failure_reason'].flatMap(
      name => field(name) ?? [],
    ),
  }
}

const parsed = (line: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

const flagsAlone = (line: string): LogLine | undefined =>
  /^[A-Z][A-Z0-9_]*(,[A-Z][A-Z0-9_]*)*$/.test(line)
    ? { proxy: 'envoy', flags: line.split(','), details: [] }
    : undefined

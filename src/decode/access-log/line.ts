import { asObject } from '#decode/json/at.ts'
import { parseJson } from '#decode/json/parse.ts'
import type { LogLine } from '#model/access-log.ts'
import { envoyLine, envoyRecord } from './envoy.ts'
import { ztunnelLine } from './ztunnel.ts'

/** A line of a ztunnel or of an Envoy, response flags alone, or the text of an error; undefined of an empty line. */
export const readLogLine = (text: string): LogLine | undefined => {
  const line = text.trim()
  return envoyJson(line) ?? envoyLine(line) ?? flagsAlone(line) ?? ztunnelLine(line)
}

const envoyJson = (line: string): LogLine | undefined => {
  const parsed = line.startsWith('{') ? parseJson(line) : undefined
  const record = parsed?.ok === true ? asObject(parsed.value) : undefined
  return record === undefined ? undefined : envoyRecord(record)
}

const flagsAlone = (line: string): LogLine | undefined =>
  /^[A-Z][A-Z0-9_]*(,[A-Z][A-Z0-9_]*)*$/.test(line)
    ? { proxy: 'envoy', flags: line.split(','), details: [] }
    : undefined

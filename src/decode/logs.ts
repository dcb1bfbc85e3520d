import type { LogLine } from '#model/log.ts'
import { asObject, asText } from './json/at.ts'
import { parseJson } from './json/parse.ts'

/** The lines of a log that can be read; others, such as a stack or a line that was cut, are passed over. */
export const readLog = (text: string, file: string): readonly LogLine[] =>
  text.split('\n').flatMap((line, index) => {
    const read = line.startsWith('{') ? readJson(line) : readText(line)
    return read === undefined ? [] : [{ file, line: index + 1, ...read, text: line.trimEnd() }]
  })

type Content = Omit<LogLine, 'file' | 'line' | 'text'>

/** `time\tlevel\tscope\tmessage\tfields`, and without a scope where a line has none. */
const readText = (line: string): Content | undefined => {
  const [time = '', level = '', ...rest] = line.split('\t')
  if (!/^\d{4}-\d\d-\d\dT\S+$/.test(time) || rest.length === 0) return undefined
  const [scope = '', message = '', ...fields] = rest.length === 1 ? ['', ...rest] : rest
  return { level: level.trim(), scope, message, fields: readFields(fields.join('\t')) }
}

/** `name=value name="value with \"quotes\""`. */
const readFields = (text: string): Readonly<Record<string, string>> => {
  const found: Record<string, string> = {}
  for (const [, name = '', quoted, bare = ''] of text.matchAll(/([\w.]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g))
    found[name] = quoted === undefined ? bare : quoted.replaceAll(/\\(.)/g, '$1')
  return found
}

const named = ['level', 'time', 'scope', 'message']

const readJson = (line: string): Content | undefined => {
  const parsed = parseJson(line)
  const members = parsed.ok ? asObject(parsed.value) : undefined
  if (members === undefined) return undefined
  const fields = Object.entries(members).filter(([name]) => !named.includes(name))
  return {
    level: asText(members.level) ?? '',
    scope: asText(members.scope) ?? '',
    message: asText(members.message) ?? asText(members.msg) ?? '',
    fields: Object.fromEntries(fields.map(([name, value]) => [name, asText(value) ?? JSON.stringify(value)])),
  }
}

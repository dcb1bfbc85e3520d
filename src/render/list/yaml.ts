import { ExactNumber } from '#model/exact-number.ts'
import { printableJson } from '#render/printable.ts'

/**
 * A value that came from JSON as YAML, in block style and without a library's document in between: a list of 50,000
 * workloads is written element by element. Reads back the same (YAML 1.1 and 1.2).
 */
export const yamlText = (value: unknown): string => (isBlock(value) ? block(value, '') : scalar(value))

/** One element of a list: `- ` and the value indented below. */
export const yamlElement = (value: unknown, indent = ''): string => `${indent}- ${inList(value, indent)}`

/** A list, one batch of elements after the other. */
export async function* yamlList(batches: AsyncIterable<Iterable<unknown>>, indent = ''): AsyncIterable<string> {
  let none = true
  for await (const batch of batches) {
    const elements = Array.from(batch, element => yamlElement(element, indent))
    if (elements.length === 0) continue
    none = false
    yield elements.join('\n')
  }
  if (none) yield `${indent}[]`
}

/** One member of a map. */
export const yamlMember = (key: string, value: unknown, indent = ''): string =>
  `${indent}${text(key)}:${inMap(value, indent)}`

type Block = readonly unknown[] | Readonly<Record<string, unknown>>

/** A list or map with something in it; empty ones are written `[]` and `{}`. */
const isBlock = (value: unknown): value is Block => {
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return false
  for (const _ in value) return true
  return false
}

const block = (value: Block, indent: string): string => {
  let lines = ''
  const add = (line: string): void => {
    lines += lines === '' ? line : `\n${line}`
  }
  if (Array.isArray(value)) for (const element of value) add(yamlElement(element, indent))
  else for (const [key, member] of Object.entries(value)) add(yamlMember(key, member, indent))
  return lines
}

/** The first line of a list element stands beside its dash. */
const inList = (value: unknown, indent: string): string =>
  isBlock(value) ? block(value, `${indent}  `).slice(indent.length + 2) : scalar(value)

const inMap = (value: unknown, indent: string): string => {
  if (!isBlock(value)) return ` ${scalar(value)}`
  return `\n${block(value, Array.isArray(value) ? indent : `${indent}  `)}`
}

const scalar = (value: unknown): string => {
  if (typeof value === 'string') return text(value)
  if (value instanceof ExactNumber) return value.text
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? '[]' : '{}'
  return `${value}`
}

// Texts that no YAML reader takes for anything else: they begin with a letter or a slash, or are dotted like an IP
// address, and neither ` #` nor `: ` nor a colon at the end can occur.
const plain = /^(?:[A-Za-z/][\w./@+-]*(?:[:=]+[\w./@+-]+)*|\d+\.\d+\.\d+[.\d]*)$/
const otherwise = /^(?:true|false|yes|no|on|off|y|n|null|e[-+]?\d+)$/i

const text = (value: string): string =>
  plain.test(value) && !otherwise.test(value) ? value : printableJson(JSON.stringify(value))

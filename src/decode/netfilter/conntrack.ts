import type { Issues } from '#decode/json/at.ts'
import type { ConntrackEntry, ConntrackTuple } from '#model/connections.ts'

/** `conntrack -L`, with or without the columns of `-o extended`; its closing count goes to stderr, which recorders keep as a comment. */
export const readConntrack = (text: string, issues: Issues): readonly ConntrackEntry[] =>
  text.split('\n').flatMap((line, index) => {
    if (line.trim() === '' || /^(#|conntrack v)/.test(line)) return []
    const entry = readEntry(line.trim(), issues.file, index + 1)
    if (entry === undefined) issues.add(`line ${index + 1}`, 'PROTOCOL NUMBER … src= dst= … src= dst=', line)
    return entry === undefined ? [] : [entry]
  })

const readEntry = (line: string, file: string, number: number): ConntrackEntry | undefined => {
  const words = line.split(/\s+/)
  if (words[0] === 'ipv4' || words[0] === 'ipv6') words.splice(0, 2)
  const [protocol = ''] = words
  const places = words.flatMap((word, place) => (word.startsWith('src=') ? [place] : []))
  const [first, second] = places
  if (first === undefined || second === undefined) return undefined
  const original = readTuple(words.slice(first, second))
  const reply = readTuple(words.slice(second))
  if (original === undefined || reply === undefined) return undefined
  const state = words.slice(1, first).find(word => /^[A-Z][A-Z_\d]+$/.test(word))
  const value = (name: string) => words.find(word => word.startsWith(`${name}=`))?.slice(name.length + 1)
  return {
    family: original.source.includes(':') ? 6 : 4,
    protocol,
    ...(state === undefined ? {} : { state }),
    original,
    reply,
    mark: Number(value('mark') ?? 0),
    zone: Number(value('zone') ?? 0),
    flags: words.flatMap(word => /^\[([A-Z_]+)\]$/.exec(word)?.[1] ?? []),
    evidence: { from: 'rule', file, line: number, text: line },
  }
}

const readTuple = (words: readonly string[]): ConntrackTuple | undefined => {
  const value = (name: string) => words.find(word => word.startsWith(`${name}=`))?.slice(name.length + 1)
  const source = value('src')
  const destination = value('dst')
  const sourcePort = value('sport')
  const destinationPort = value('dport')
  if (source === undefined || destination === undefined) return undefined
  return {
    source,
    destination,
    ...(sourcePort === undefined ? {} : { sourcePort: Number(sourcePort) }),
    ...(destinationPort === undefined ? {} : { destinationPort: Number(destinationPort) }),
  }
}

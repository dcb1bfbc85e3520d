/** An address as its 16-bit groups: two for IPv4, eight for IPv6. */
export type IpGroups = readonly number[]

const dotted = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/
const group = /^[0-9a-fA-F]{1,4}$/

/** Strict text forms only: no leading zeros, no `1.2.3`, no zone. Undefined when it is no address. */
export const parseIp = (text: string): IpGroups | undefined => (text.includes(':') ? parseV6(text) : parseV4(text))

/** The form that ztunnel prints: lower case, the longest run of two or more zero groups as `::`, mapped IPv4 dotted. */
export const canonicalIp = (text: string): string | undefined => {
  if (dotted.test(text)) return text
  const groups = text.includes(':') ? parseV6(text) : undefined
  return groups && printV6(groups)
}

const parseV4 = (text: string): IpGroups | undefined => {
  if (!dotted.test(text)) return undefined
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}

const parseV6 = (text: string): IpGroups | undefined => {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = parseGroups(halves[0] ?? '', halves.length === 1)
  if (halves.length === 1) return head?.length === 8 ? head : undefined
  const tail = parseGroups(halves[1] ?? '', true)
  if (head === undefined || tail === undefined || head.length + tail.length > 7) return undefined
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

/** Colon-separated groups; the last may be a dotted IPv4 address when it ends the text. */
const parseGroups = (text: string, endsText: boolean): number[] | undefined => {
  if (text === '') return []
  const parts = text.split(':')
  const groups: number[] = []
  for (const [index, part] of parts.entries()) {
    if (group.test(part)) groups.push(Number.parseInt(part, 16))
    else {
      const mapped = endsText && index === parts.length - 1 ? parseV4(part) : undefined
      if (mapped === undefined) return undefined
      groups.push(...mapped)
    }
  }
  return groups
}

const printV6 = (groups: IpGroups): string => {
  if (groups.slice(0, 5).every(zero => zero === 0) && groups[5] === 0xffff)
    return `::ffff:${[groups[6] ?? 0, groups[7] ?? 0].map(pair => `${pair >> 8}.${pair & 255}`).join('.')}`
  const run = longestZeroRun(groups)
  const hex = (part: IpGroups) => part.map(value => value.toString(16)).join(':')
  if (run === undefined) return hex(groups)
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`
}

const longestZeroRun = (groups: IpGroups): { start: number; length: number } | undefined => {
  let best = { start: 0, length: 1 }
  let start = 0
  for (const [index, value] of groups.entries()) {
    if (value !== 0) start = index + 1
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start }
  }
  return best.length > 1 ? best : undefined
}

import { type Ip, parseIp } from './address.ts'

/** An address block; host bits of the base are ignored (`10.0.0.1/24` is `10.0.0.0/24`). */
export interface Cidr {
  readonly text: string
  readonly base: Ip
  readonly prefix: number
}

/** Undefined when `text` is not `address/prefix` with a prefix that its family has. */
export const parseCidr = (text: string): Cidr | undefined => {
  const slash = text.indexOf('/')
  const base = parseIp(slash < 0 ? text : text.slice(0, slash))
  if (base === undefined) return undefined
  const longest = base.family === 4 ? 32 : 128
  const digits = slash < 0 ? `${longest}` : text.slice(slash + 1)
  if (!/^\d{1,3}$/.test(digits) || Number(digits) > longest) return undefined
  return { text, base, prefix: Number(digits) }
}

export const cidrContains = (cidr: Cidr, ip: Ip): boolean => {
  if (cidr.base.family !== ip.family) return false
  let left = cidr.prefix
  for (let at = 0; left > 0; at++, left -= 32) {
    const mask = left >= 32 ? 0xffffffff : ~(0xffffffff >>> left)
    if ((((cidr.base.words[at] ?? 0) ^ (ip.words[at] ?? 0)) & mask) !== 0) return false
  }
  return true
}

/** The blocks around `ip` that have the longest prefix; several only when they are equally long. */
export const longestPrefix = <T>(blocks: readonly T[], cidrOf: (block: T) => Cidr, ip: Ip): readonly T[] => {
  const around = blocks.filter(block => cidrContains(cidrOf(block), ip))
  const longest = around.reduce((most, block) => Math.max(most, cidrOf(block).prefix), -1)
  return around.filter(block => cidrOf(block).prefix === longest)
}

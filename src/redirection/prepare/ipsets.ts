import type { Ipset } from '#model/netfilter.ts'
import { type Ip, inPrefix, readIp, readPrefix } from '../ip.ts'
import type { SetTest } from '../sets.ts'
import type { Skb } from '../skb.ts'
import { missing } from '../stage.ts'

/** One field of a member: tells whether the packet's matching part is it. */
type FieldTest = (ip: Ip, port: number, protocol: string, dev: string) => boolean

export const prepareSets = (ipsets: readonly Ipset[]): ReadonlyMap<string, SetTest> => {
  const tests = new Map<string, SetTest>()
  for (const set of ipsets)
    tests.set(
      set.name,
      setTest(set, name => tests.get(name)),
    )
  return tests
}

const setTest = (set: Ipset, others: (name: string) => SetTest | undefined): SetTest => {
  const kinds = set.type.slice(set.type.indexOf(':') + 1).split(',')
  if (set.type === 'list:set') return listTest(set, others)
  const readers = kinds.map(kind => fieldReaders[kind])
  if (readers.some(reader => reader === undefined)) return () => missing('set', `${set.name}: ${set.type}`)
  const read = (except: boolean) =>
    set.members
      .filter(member => member.except === except)
      .map(({ element }) => element.split(',').map((part, index) => readers[index]?.(part)))
  const members = read(false)
  const exceptions = read(true)
  const holds = (of: readonly (readonly (FieldTest | undefined)[])[], skb: Skb, fields: readonly string[]) =>
    of.some(parts => parts.every((part, index) => part !== undefined && asked(part, skb, fields[index])))
  return (skb, fields) => skb.family === set.family && !holds(exceptions, skb, fields) && holds(members, skb, fields)
}

const asked = (part: FieldTest, skb: Skb, field: string | undefined): boolean =>
  field === 'src'
    ? part(skb.src, skb.sport, skb.protocol, skb.iif ?? '')
    : part(skb.dst, skb.dport, skb.protocol, skb.oif ?? '')

const listTest =
  (set: Ipset, others: (name: string) => SetTest | undefined): SetTest =>
  (skb, fields) => {
    for (const { element: name } of set.members) {
      const answer = others(name)?.(skb, fields) ?? missing('set', name)
      if (answer !== false) return answer
    }
    return false
  }

const network = (text: string): FieldTest | undefined => {
  const range = text.split('-').map(readIp)
  const [low, high] = range
  if (low !== undefined && high !== undefined) return ip => typeof ip === typeof low && ip >= low && ip <= high
  const prefix = readPrefix(text)
  if (prefix === undefined) return undefined
  const within = inPrefix(prefix)
  return ip => within(ip)
}

const portMember = (text: string): FieldTest | undefined => {
  const [first = '', second] = text.includes(':') ? text.split(':') : ['tcp', text]
  const [low, high = low] = (second ?? '').split('-').map(Number)
  if (low === undefined || high === undefined || Number.isNaN(low)) return undefined
  return (_ip, port, protocol) => protocol === first && port >= low && port <= high
}

const fieldReaders: Readonly<Record<string, (text: string) => FieldTest | undefined>> = {
  ip: network,
  net: network,
  port: portMember,
  iface: text => (_ip, _port, _protocol, dev) => dev === text,
}

import type { Issues } from '#decode/json/at.ts'
import type { Link, LinkAddress } from '#model/routing.ts'
import { optional } from './rule.ts'

const header = /^(\d+): ([^:@\s]+)(?:@(\S+))?: <([^>]*)>(.*)$/

/** `ip addr` or `ip [-d] link` as text. What its lines do not tell stays absent, as in `ip -j`. */
export const readLinksText = (text: string, issues: Issues): readonly Link[] => {
  const links: Link[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const [found, number, name = '', peer, flags = '', rest = ''] = header.exec(line) ?? []
    if (found !== undefined) {
      links.push({
        index: Number(number),
        name,
        flags: flags.split(',').filter(flag => flag !== ''),
        addresses: [],
        ...optional('mtu', numberAfter('mtu', rest)),
        ...optional('master', wordAfter('master', rest)),
        ...optional('peer', peer === undefined ? undefined : peerOf(peer)),
        evidence: { from: 'rule', file: issues.file, line: index + 1, text: line.trim() },
      })
      continue
    }
    const last = links.pop()
    if (last !== undefined) links.push(withLine(last, line))
  }
  return links
}

/** `eth0@if7` names an index in another namespace, `veth1@veth2` a device of this one. */
const peerOf = (name: string): Link['peer'] => {
  const index = /^if(\d+)$/.exec(name)?.[1]
  return index === undefined ? { name } : { index: Number(index) }
}

const withLine = (link: Link, line: string): Link => {
  const words = line.trim()
  if (/^inet6? /.test(words)) {
    const address = addressOf(words)
    return address === undefined ? link : { ...link, addresses: [...link.addresses, address] }
  }
  const mac = /^link\/\S+ ([0-9a-f]{2}(?::[0-9a-f]{2}){5})/.exec(words)?.[1]
  if (mac !== undefined) {
    const netns = numberAfter('link-netnsid', words)
    const peer = netns === undefined ? link.peer : { ...link.peer, netns }
    return { ...link, mac, ...optional('peer', peer) }
  }
  return { ...link, ...kindOf(words) }
}

/** A line of `ip -d`: `geneve id 1000 remote 10.244.1.5 dstport 6081 …`, `veth numtxqueues …`. */
const kindOf = (words: string): Pick<Link, 'kind' | 'tunnel'> => {
  const kind = /^(veth|bridge|geneve|vxlan|ipvlan|macvlan|dummy|wireguard|tun)\b(?!\/)/.exec(words)?.[1]
  if (kind === undefined) return {}
  const id = numberAfter('id', words)
  const remote = wordAfter('remote', words)
  if ((kind !== 'geneve' && kind !== 'vxlan') || id === undefined || remote === undefined) return { kind }
  return { kind, tunnel: { id, remote, port: numberAfter('dstport', words) ?? 6081 } }
}

const scopes = ['global', 'site', 'link', 'host'] as const

const addressOf = (words: string): LinkAddress | undefined => {
  const [, ip, length, rest = ''] = /^inet6? ([0-9a-f.:]+)(?: peer [0-9a-f.:]+)?(?:\/(\d+))?(.*)$/.exec(words) ?? []
  if (ip === undefined) return undefined
  const scope = scopes.find(known => known === wordAfter('scope', rest)) ?? 'global'
  return {
    ip,
    prefixLength: length === undefined ? (ip.includes(':') ? 128 : 32) : Number(length),
    scope,
    secondary: / secondary\b/.test(rest),
  }
}

const wordAfter = (name: string, text: string): string | undefined =>
  new RegExp(`(?:^| )${name} (\\S+)`).exec(text)?.[1]

const numberAfter = (name: string, text: string): number | undefined => {
  const number = Number(wordAfter(name, text))
  return Number.isInteger(number) ? number : undefined
}

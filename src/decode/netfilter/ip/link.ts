import { At, asObject, type Issues } from '#decode/json/at.ts'
import type { Link, LinkAddress } from '#model/routing.ts'
import { optional, textOf } from './rule.ts'

/** `ip -j addr` or `ip -j [-d] link`. */
export const readLinks = (value: unknown, issues: Issues): readonly Link[] =>
  (Array.isArray(value) ? value : []).flatMap((entry, index) => {
    const members = asObject(entry)
    const at = members && new At(members, issues, `/${index}`)
    const name = at?.text('ifname')
    const number = at?.number('ifindex')
    // ip -j prints an empty object for every link that a filter left out
    if (at === undefined || name === undefined || number === undefined) return []
    return [linkOf(at, name, number)]
  })

const linkOf = (at: At, name: string, index: number): Link => {
  const info = at.object('linkinfo')
  const kind = info?.text('info_kind')
  const data = info?.object('info_data')
  return {
    index,
    name,
    flags: at.texts('flags'),
    addresses: at.objects('addr_info').flatMap(addressOf),
    ...optional('kind', kind),
    ...optional('mac', at.text('address')),
    ...optional('mtu', at.number('mtu')),
    ...optional('master', at.text('master')),
    ...optional('peer', peerOf(at)),
    ...optional('tunnel', data && (kind === 'geneve' || kind === 'vxlan') ? tunnelOf(data) : undefined),
    evidence: { from: 'dump', file: at.issues.file, pointer: at.pointer },
  }
}

const peerOf = (at: At): Link['peer'] => {
  const index = at.number('link_index')
  const name = at.text('link')
  const netns = at.number('link_netnsid')
  if (index === undefined && name === undefined) return undefined
  return { ...optional('index', index), ...optional('name', name), ...optional('netns', netns) }
}

const tunnelOf = (data: At): Link['tunnel'] => {
  const id = data.number('id')
  const remote = data.text('remote') ?? data.text('remote6')
  const port = textOf(data.raw('port'))
  return id === undefined || remote === undefined ? undefined : { id, remote, port: Number(port ?? 6081) }
}

const scopes = ['global', 'site', 'link', 'host'] as const

const addressOf = (at: At): readonly LinkAddress[] => {
  const ip = at.text('local')
  const prefixLength = at.number('prefixlen')
  if (ip === undefined || prefixLength === undefined) return []
  const printed = textOf(at.raw('scope'))
  const scope = scopes.find(known => known === printed) ?? 'global'
  return [{ ip, prefixLength, scope, secondary: at.flag('secondary') === true }]
}

/** `ip addr` has the addresses, `ip -d link` the kinds: one list of both. */
export const mergeLinks = (lists: readonly (readonly Link[])[]): readonly Link[] => {
  const byIndex = new Map<number, Link>()
  for (const link of lists.flat()) {
    const known = byIndex.get(link.index)
    if (known === undefined) byIndex.set(link.index, link)
    else
      byIndex.set(link.index, {
        ...link,
        ...known,
        addresses: known.addresses.length > 0 ? known.addresses : link.addresses,
      })
  }
  return [...byIndex.values()]
}

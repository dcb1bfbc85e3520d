import { spawnSync } from 'node:child_process'
import type { Recording } from '../../netns/read.ts'
import type { Case, Load } from './case.ts'
import type { Seen, Sent, Sockets } from './sockets.ts'
import { buildLines, listeners, type NetnsName, netnsNames, removeLines } from './world.ts'

export interface Played {
  readonly recordings: Readonly<Record<NetnsName, Recording>>
  readonly seen: readonly Seen[]
}

const shell = (script: string, input = ''): string => {
  const run = spawnSync('bash', ['-c', script], { input, encoding: 'utf8', maxBuffer: 1 << 26 })
  if (run.status !== 0) throw new Error(`${script}\n${run.stderr}`)
  return run.stdout
}

const sysctls = [
  'net.ipv4.ip_forward',
  'net.ipv4.tcp_fwmark_accept',
  'net.ipv4.fwmark_reflect',
  'net.ipv6.conf.all.forwarding',
  ...['all', 'default', 'lo', 'eth0', 'vethp'].flatMap(dev =>
    ['rp_filter', 'forwarding', 'route_localnet', 'accept_local', 'src_valid_mark'].map(
      name => `net.ipv4.conf.${dev}.${name}`,
    ),
  ),
]

/** Shows what each namespace holds; the names are those of a snapshot. */
const recorders: Readonly<Record<string, string>> = {
  'iptables-save.txt': 'iptables-nft-save -c 2>/dev/null',
  'ip6tables-save.txt': 'ip6tables-nft-save -c 2>/dev/null',
  'iptables-legacy-save.txt': 'iptables-legacy-save -c 2>/dev/null',
  'ip6tables-legacy-save.txt': 'ip6tables-legacy-save -c 2>/dev/null',
  'nft-ruleset.json': 'nft -j list ruleset 2>/dev/null',
  'ipset-save.txt': 'ipset save',
  'ip-rule.json': 'ip -j rule',
  'ip6-rule.json': 'ip -6 -j rule',
  'ip-route-all.json': 'ip -4 -j route show table all',
  'ip6-route-all.json': 'ip -6 -j route show table all',
  'ip-addr.json': 'ip -j addr',
  'ip-link.json': 'ip -j -d link',
  'sysctl.txt': `sysctl -e ${sysctls.join(' ')} 2>/dev/null`,
}

const separator = '@@@@'
const recordScript = Object.values(recorders)
  .map(command => `${command}; echo ${separator}`)
  .join('\n')

const record = (netns: string): Recording => {
  const parts = shell(`ip netns exec ${netns} bash -c '${recordScript.replaceAll("'", `'\\''`)}'`).split(
    `${separator}\n`,
  )
  return Object.fromEntries(Object.keys(recorders).map((file, index) => [file, parts[index] ?? '']))
}

const load = (prefix: string, { netns, commands, nft, iptables, nftFirst }: Load): void => {
  const inside = (command: string, input = '') => shell(`ip netns exec ${prefix}${netns} ${command}`, input)
  if (commands.length > 0) inside('bash -e', commands.join('\n'))
  if (nft !== undefined && nftFirst) inside('nft -f -', nft)
  for (const { command, text } of iptables) if (text !== '') inside(command, text)
  if (nft !== undefined && !nftFirst) inside('nft -f -', nft)
}

const attempts = 3
const pause = (milliseconds: number): Promise<void> => new Promise(done => setTimeout(done, milliseconds))

/** Each attempt has ports of its own, so that no earlier connection is in the way. */
const packetAt = ({ packets }: Case, prefix: string, index: number, attempt: number): Sent[] =>
  packets.slice(index, index + 1).map(packet => ({
    ...packet,
    netns: prefix + packet.netns,
    sport: packet.sport + attempt * attemptPorts,
  }))

export const attemptPorts = 1000

/**
 * Builds the namespaces, loads the rules, notes what the tools show, sends the packets and removes everything. Doubtful
 * packets are sent again with more patience: an ICMPv6 error that comes back while `connect` still owns the socket only
 * counts when the SYN is sent again, a second later, and the kernel sends a host five routing errors at once, then one a
 * second.
 */
export const playInKernel = async (
  case_: Case,
  sockets: Sockets,
  prefix: string,
  wait: number,
  doubtful: (played: Played) => readonly number[] = () => [],
): Promise<Played> => {
  shell(`${removeLines(prefix).join('; ')}; true`)
  try {
    shell(`set -e\n${buildLines(prefix, case_.rpFilter).join('\n')}`)
    await sockets.listen(prefix, listeners)
    for (const each of case_.loads) load(prefix, each)
    const recordings = Object.fromEntries(
      netnsNames.map(netns => [netns, record(prefix + netns)]),
    ) as Played['recordings']
    const first = await sockets.send(
      case_.packets.map(packet => ({ ...packet, netns: prefix + packet.netns })),
      wait,
    )
    let seen = first
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const again = doubtful({ recordings, seen })
      if (again.length === 0) break
      await pause(3000)
      const patient = await sockets.send(
        again.flatMap(index => packetAt(case_, prefix, index, attempt)),
        4 * wait,
      )
      const later = new Map(again.map((index, position) => [index, patient[position]]))
      seen = seen.map((before, index) => later.get(index) ?? before)
    }
    return { recordings, seen }
  } finally {
    await sockets.closeAll()
    shell(`${removeLines(prefix).join('; ')}; true`)
  }
}

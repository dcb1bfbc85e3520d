import { spawn } from 'node:child_process'
import type { Recording } from '../../netns/read.ts'
import type { Case, Load } from './case.ts'
import type { Seen, Sent, Sockets } from './sockets.ts'
import { buildLines, listeners, type NetnsName, netnsNames, removeLines } from './world.ts'

export interface Played {
  readonly recordings: Readonly<Record<NetnsName, Recording>>
  readonly seen: readonly Seen[]
}

/** Runs a script without blocking: other worlds are built and asked meanwhile. */
const shell = (script: string, within: readonly string[] = []): Promise<string> =>
  new Promise((done, fail) => {
    const [program = 'bash', ...args] = [...within, 'bash', '-s']
    const run = spawn(program, args)
    const out: Buffer[] = []
    const errors: Buffer[] = []
    run.stdout.on('data', data => out.push(data))
    run.stderr.on('data', data => errors.push(data))
    run.on('error', fail)
    run.on('close', status =>
      status === 0
        ? done(Buffer.concat(out).toString())
        : fail(new Error(`${script}\n${Buffer.concat(errors).toString()}`)),
    )
    run.stdin.end(script)
  })

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

const inside = (netns: string, script: string): Promise<string> => shell(script, ['ip', 'netns', 'exec', netns])

const record = async (netns: string): Promise<Recording> => {
  const parts = (await inside(netns, recordScript)).split(`${separator}\n`)
  return Object.fromEntries(Object.keys(recorders).map((file, index) => [file, parts[index] ?? '']))
}

const fed = (command: string, input: string): string => `${command} <<'INPUT-END'\n${input}\nINPUT-END`

const load = (prefix: string, { netns, commands, nft, iptables, nftFirst }: Load): Promise<string> => {
  const native = nft === undefined ? [] : [fed('nft -f -', nft)]
  // All worlds share the lock of iptables-legacy.
  const restores = iptables.flatMap(({ command, text }) => (text === '' ? [] : [fed(`${command} -w 60`, text)]))
  const rules = nftFirst ? [...native, ...restores] : [...restores, ...native]
  return inside(prefix + netns, ['set -e', ...commands, ...rules].join('\n'))
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
  const remove = () => shell(`${removeLines(prefix).join('; ')}; true`)
  await remove()
  try {
    await shell(`set -e\n${buildLines(prefix, case_.rpFilter).join('\n')}`)
    await sockets.listen(prefix, listeners)
    for (const each of case_.loads) await load(prefix, each)
    const recordings = Object.fromEntries(
      await Promise.all(netnsNames.map(async netns => [netns, await record(prefix + netns)] as const)),
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
    await remove()
  }
}

import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Kernel } from '#redirection/kernel.ts'
import { prepareKernel } from '#redirection/prepare/kernel.ts'
import type { Routing } from '#redirection/routes.ts'
import { Topology } from '#redirection/topology.ts'
import { netnsFrom, type Recording, recordingIn } from '../../netns/read.ts'
import {
  machine,
  nodeEraZtunnelListeners,
  plainNode,
  plainPod,
  podListeners,
  socketsOf,
  wire,
  world,
} from './harness.ts'

/** Folders that a capture without rules of its own plays on, and what was changed there (see `notes` in vectors.json). */
const variants: Readonly<Record<string, { readonly of: string; readonly change: Change }>> = {
  'extra-tproxy-no-listener': { of: 'inpod-1.21-tproxy-v4', change: { noListener: true } },
  'extra-redirect-no-listener': { of: 'inpod-default-v4', change: { noListener: true } },
  'extra-redirect-rp_filter-1': { of: 'inpod-dns-v4', change: { rpFilter: 1 } },
  'extra-redirect-rp_filter-2': { of: 'inpod-dns-v4', change: { rpFilter: 2 } },
  'ebpf-1.20-ztunnel-down': { of: 'ebpf-1.20', change: { noZtunnel: true } },
  'ebpf-1.20-ztfwd': { of: 'ebpf-1.20', change: { ztunnelForwards: true } },
}

interface Change {
  readonly noListener?: boolean
  readonly rpFilter?: number
  readonly noZtunnel?: boolean
  readonly ztunnelForwards?: boolean
  readonly withoutRule?: number
  readonly withoutDnsFlag?: boolean
}

const changeFor = (capture: string, packet: string): Change => ({
  ...variants[capture]?.change,
  ...(packet.endsWith('-without-ip-rule') ? { withoutRule: 32764 } : {}),
  ...(packet.endsWith('-noflag') ? { withoutDnsFlag: true } : {}),
  ...(capture.endsWith('ipforward') ? { ztunnelForwards: true } : {}),
})

/** Where the pod of a host capture is recorded: the harness loaded these rules into it. */
const podOf = (capture: string): string =>
  capture.startsWith('nft-')
    ? 'nft-inpod-dns-dualstack'
    : /1\.2[12]$/.test(capture)
      ? 'inpod-1.21-tproxy-v4'
      : 'inpod-dns-dualstack'

/** Rebuilds what the harness built around one capture. `folders` are looked through in order. */
export const topologyOf = (folders: readonly string[], capture: string, packet: string): Topology | undefined => {
  const change = changeFor(capture, packet)
  const folder = find(folders, variants[capture]?.of ?? capture)
  if (folder === undefined) return undefined
  if (existsSync(join(folder, 'node'))) return nodeEra(folder, change)
  if (!capture.includes('host-probes')) return inPod(folder, capture, change)
  const pod = find(folders, podOf(capture))
  return pod === undefined ? undefined : hostProbes(folder, pod, capture)
}

const find = (folders: readonly string[], name: string): string | undefined =>
  folders.map(folder => join(folder, name)).find(existsSync)

/** The legacy capture keeps iptables-legacy-save under the name of the other; the eBPF one keeps a netns' programs beside its folder. */
const recordingOf = (folder: string): Recording => {
  const own = recordingIn(folder)
  if (folder.endsWith('-legacy'))
    return Object.fromEntries(
      Object.entries(own).map(([name, text]) => [name.replace(/^(ip6?tables)-save/, '$1-legacy-save'), text]),
    )
  const netns = basename(folder)
  if (netns !== 'node' && netns !== 'ztunnel') return own
  const shared = Object.entries(recordingIn(dirname(folder))).filter(
    ([name]) => name.startsWith(`${netns}-`) || (netns === 'node' && name.startsWith('bpftool-')),
  )
  return { ...own, ...Object.fromEntries(shared) }
}

const recorded = (name: string, folder: string, listeners: Parameters<typeof socketsOf>[1]): Kernel => ({
  ...prepareKernel(netnsFrom(recordingOf(folder)), name),
  sockets: socketsOf(name, listeners),
  knowsListeners: () => true,
})

const changed = (kernel: Kernel, { rpFilter, withoutRule }: Change): Kernel => ({
  ...kernel,
  sysctl: name => (rpFilter !== undefined && name.endsWith('.rp_filter') ? rpFilter : kernel.sysctl(name)),
  routing:
    withoutRule === undefined ? kernel.routing : { ...kernel.routing, 4: without(kernel.routing[4], withoutRule) },
})

const without = (routing: Routing | undefined, priority: number): Routing | undefined => routing?.withoutRules(priority)

const inPod = (folder: string, capture: string, change: Change): Topology => {
  const transparent = capture.includes('tproxy')
  const all = podListeners(transparent)
  const pod = changed(
    recorded('pod', folder, change.noListener === true ? all.filter(({ name }) => name === 'app:8080') : all),
    change,
  )
  const vm = pod.devices.has('vif0')
  return new Topology(
    [pod, plainNode(vm), world({ vm, services: false }), ...(vm ? [machine()] : [])],
    [
      wire('pod', 'eth0', 'host', 'vethpod'),
      wire('host', 'eth0', 'world', 'eth0'),
      ...(vm ? [wire('pod', 'vif0', 'vm', 'eth0')] : []),
    ],
  )
}

const hostProbes = (folder: string, podFolder: string, capture: string): Topology => {
  const pod = recorded('pod', podFolder, podListeners(/1\.2[12]$/.test(capture)))
  return new Topology(
    [pod, recorded('host', folder, []), world({ vm: false, services: true })],
    [wire('pod', 'eth0', 'host', 'vethpod'), wire('host', 'eth0', 'world', 'eth0')],
  )
}

const nodeEra = (folder: string, change: Change): Topology => {
  const ztunnel = withTcText(recorded('ztunnel', join(folder, 'ztunnel'), nodeEraZtunnelListeners), folder)
  const node = withMaps(recorded('host', join(folder, 'node'), []), change)
  const pods = (
    [
      ['appa', '10.244.1.10', 'fd00:10:244:1::10'],
      ['appb', '10.244.1.11', 'fd00:10:244:1::11'],
      ['nonmesh', '10.244.1.12', 'fd00:10:244:1::12'],
    ] as const
  ).map(([name, ip, ip6]) => plainPod(name, ip, ip6))
  return new Topology(
    [
      node,
      change.ztunnelForwards === true
        ? { ...ztunnel, sysctl: name => (name === 'net.ipv4.ip_forward' ? 1 : ztunnel.sysctl(name)) }
        : ztunnel,
      ...pods,
      world({ vm: false, services: false }),
    ],
    [
      wire('host', 'eth0', 'world', 'eth0'),
      wire('host', 'vethzt', 'ztunnel', 'eth0'),
      wire('host', 'vethappa', 'appa', 'eth0'),
      wire('host', 'vethappb', 'appb', 'eth0'),
      wire('host', 'vethnonmesh', 'nonmesh', 'eth0'),
    ],
  )
}

/** A ztunnel that is gone leaves a zeroed `ztunnel_info`; the DNS flag is a bit in it. */
const withMaps = (node: Kernel, { noZtunnel, withoutDnsFlag }: Change): Kernel => {
  const { maps } = node.programs
  if (maps?.ztunnel === undefined) return node
  const captureDns = withoutDnsFlag !== true && maps.ztunnel.captureDns
  const ztunnel = noZtunnel === true ? undefined : { ...maps.ztunnel, captureDns }
  return { ...node, programs: { ...node.programs, maps: { ...maps, ztunnel } } }
}

/** The program inside ztunnel's namespace was only recorded as the text of `tc filter show`. */
const withTcText = (ztunnel: Kernel, folder: string): Kernel => {
  const file = join(folder, 'ztunnel-tc-eth0-ingress.txt')
  const name = existsSync(file) ? / name (\w+) /.exec(readFileSync(file, 'utf8'))?.[1] : undefined
  if (name !== 'ztunnel_tproxy' && name !== 'ztunnel_ingress') return ztunnel
  const at: Kernel['programs']['at'] = (dev, direction) =>
    dev === 'eth0' && direction === 'ingress'
      ? { name, known: name, evidence: { from: 'dump', file, pointer: '' } }
      : undefined
  return { ...ztunnel, programs: { ...ztunnel.programs, at } }
}

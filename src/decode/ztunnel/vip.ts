import { asObject, type Issues, isWhole } from '#decode/json/at.ts'
import type { JsonPointer } from '#model/evidence.ts'
import { canonicalIp } from '#model/ip.ts'
import type { Endpoint, PortMap, Service } from '#model/ztunnel.ts'
import { maxPort } from './gateway-address.ts'

/** One entry of `vips` in 1.18 and older: `"10.96.0.20:80": [["10.9.9.8", 8080]]`. */
export interface Vip {
  readonly ip: string
  readonly port: number
  readonly targets: readonly { readonly workloadUid: string; readonly port: number }[]
  readonly pointer: JsonPointer
}

/** Reads one member of `vips`; what is no target is noted and left out. */
export const readVip = (value: unknown, issues: Issues, pointer: JsonPointer, key: string): Vip | undefined => {
  const socket = splitSocket(key)
  if (socket === undefined || !Array.isArray(value)) {
    issues.add(pointer, 'ip:port with a list of [workload ip, port]', value)
    return undefined
  }
  const targets = value.flatMap((element, index) => {
    const target = readTarget(element)
    if (target === undefined) issues.add(`${pointer}/${index}`, '[workload ip, port]', element)
    return target ?? []
  })
  return { ...socket, targets, pointer }
}

/** `[ip, port]` since November 2022, `{workload, port}` with the whole workload before. */
const readTarget = (value: unknown): Vip['targets'][number] | undefined => {
  const members = asObject(value)
  const [workload, port] = Array.isArray(value) ? value : [members?.workload, members?.port]
  const workloadUid = typeof workload === 'string' ? canonicalIp(workload) : uidOf(asObject(workload))
  return workloadUid !== undefined && typeof port === 'number' && isWhole(port, maxPort)
    ? { workloadUid, port }
    : undefined
}

/** As a workload's reader has it: its uid, or its address where it has none. */
const uidOf = (workload: Readonly<Record<string, unknown>> | undefined): string | undefined => {
  if (typeof workload?.uid === 'string' && workload.uid !== '') return workload.uid
  return typeof workload?.workload_ip === 'string' ? canonicalIp(workload.workload_ip) : undefined
}

const splitSocket = (text: string): { ip: string; port: number } | undefined => {
  const colon = text.lastIndexOf(':')
  const ip = canonicalIp(text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'))
  const port = text.slice(colon + 1)
  return colon > 0 && ip !== undefined && /^\d{1,5}$/.test(port) ? { ip, port: Number(port) } : undefined
}

/** Services of 1.18 have no name: one is made for each address, named by it. */
export const servicesOf = (vips: readonly Vip[]): Service[] => {
  const byIp = new Map<string, Vip[]>()
  for (const vip of vips) byIp.set(vip.ip, [...(byIp.get(vip.ip) ?? []), vip])
  return [...byIp].map(([ip, ports]) => serviceAt(ip, ports))
}

const serviceAt = (ip: string, vips: readonly Vip[]): Service => ({
  name: ip,
  namespace: '',
  hostname: ip,
  vips: [{ network: '', ip }],
  cidrVips: [],
  ports: new Map(vips.map(vip => [vip.port, commonTarget(vip)])),
  endpoints: endpointsOf(vips),
  subjectAltNames: [],
  weightedWaypoints: [],
  canonical: false,
  visibility: 'Public',
  pointer: vips[0]?.pointer ?? '',
})

/** The port that all targets share, else 0: each endpoint maps its own, as for a named target port. */
const commonTarget = (vip: Vip): number => {
  const ports = new Set(vip.targets.map(target => target.port))
  const [port = 0] = ports
  return ports.size === 1 ? port : 0
}

const endpointsOf = (vips: readonly Vip[]): Endpoint[] => {
  const ports = new Map<string, Map<number, number>>()
  for (const vip of vips)
    for (const target of vip.targets) {
      const mapped = ports.get(target.workloadUid) ?? new Map<number, number>()
      ports.set(target.workloadUid, mapped.set(vip.port, target.port))
    }
  return [...ports].map(([workloadUid, mapped]: [string, PortMap]) => ({
    workloadUid,
    ports: mapped,
    status: 'Healthy',
  }))
}

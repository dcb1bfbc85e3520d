import { decodeZtunnel } from '#decode/ztunnel/dump.ts'
import { decideInboundHbone } from '#ztunnel/inbound-hbone.ts'
import { decideOutbound } from '#ztunnel/outbound.ts'
import { rbacConnection } from '#ztunnel/rbac/connection.ts'
import { decideRbac } from '#ztunnel/rbac/decide.ts'
import { indexZtunnel, type ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import { type Bench, interleaved } from './bench.ts'

/** A mesh of `size` workloads and half as many services, like `bench/synth-ztunnel.mjs` of the shared material. */
export const syntheticDump = (size: number): unknown => {
  const ip = (block: number, at: number) => `10.${block + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`
  const numbers = Array.from({ length: size }, (_, at) => at)
  const namespace = (at: number) => `ns-${at % 200}`
  const hostname = (at: number) => `svc-${at >> 1}.${namespace(at)}.svc.cluster.local`
  const uid = (at: number) => `Kubernetes//Pod/${namespace(at)}/app-${at}`
  return {
    certificates: [],
    config: { localNode: 'node-1', network: '', illegalPorts: [15008, 15006, 15001] },
    policies: numbers
      .filter(at => at % 100 === 0)
      .map(at => ({
        name: `allow-${at}`,
        namespace: namespace(at),
        scope: 'Namespace',
        action: 'Allow',
        dryRun: false,
        rules: [[[{ principals: [{ Exact: `cluster.local/ns/${namespace(at)}/sa/sa-1` }] }]]],
      })),
    services: numbers
      .filter(at => at % 2 === 0)
      .map(at => ({
        name: `svc-${at >> 1}`,
        namespace: namespace(at),
        hostname: hostname(at),
        vips: [`/${ip(96, at >> 1)}`],
        ports: { 80: 8080 },
        endpoints: { [uid(at)]: { workloadUid: uid(at), port: { 80: 8080 }, status: 'Healthy' } },
        subjectAltNames: [],
        ipFamilies: 'IPv4',
        canonical: true,
        visibility: 'Public',
      })),
    stagedServices: {},
    version: { version: '1.30.3', istioVersion: '1.30.3' },
    workloadState: {},
    workloads: numbers.map(at => ({
      workloadIps: [ip(32, at)],
      protocol: at % 7 === 0 ? 'TCP' : 'HBONE',
      networkMode: 'Standard',
      uid: uid(at),
      name: `app-${at}`,
      namespace: namespace(at),
      trustDomain: 'cluster.local',
      serviceAccount: `sa-${at % 50}`,
      node: `node-${at % 300}`,
      status: 'Healthy',
      clusterId: 'Kubernetes',
      capacity: 1,
      services: [`${namespace(at)}/${hostname(at)}`],
    })),
  }
}

/** Policies of the destination's namespace against connections of many identities. */
const rbacDecision = (index: ZtunnelIndex) => {
  const { workloads } = index.dump
  return (at: number) => {
    const workload = workloads[at % workloads.length]
    if (workload === undefined) return
    const identity = `spiffe://cluster.local/ns/ns-${at % 200}/sa/sa-${at % 50}`
    return decideRbac(
      index,
      workload,
      rbacConnection({ src: '10.0.0.1', dst: { ip: '10.0.0.2', port: 8080 }, identity }),
    )
  }
}

/** A pod of this node calls the VIP of some service; then that pod's ztunnel admits it. */
const l4Path = (index: ZtunnelIndex) => {
  const sources = index.dump.workloads.filter(({ node }) => node === index.dump.config.localNode)
  const services = index.dump.services
  return (at: number) => {
    const source = sources[at % sources.length]
    const ip = services[(at * 7919) % services.length]?.vips[0]?.ip
    if (source === undefined || ip === undefined) throw new Error('an empty mesh')
    const call = { source: { ...source, ip: source.workloadIps[0] ?? '' }, destination: { ip, port: 80 } }
    const [{ result }] = decideOutbound(index, call).outcomes
    if (result.kind !== 'forward' || result.authority === undefined) return result
    return decideInboundHbone(index, {
      pod: source,
      connection: result.nextHop,
      src: call.source.ip,
      identity: 'spiffe://cluster.local/ns/ns-1/sa/sa-1',
      authority: result.authority,
    })
  }
}

const size = 50_000
const calls = 20_000
const rounds = 15

/** Decisions on a mesh of 50,000 workloads, after decoding. */
export const ztunnelDecisions: Bench = {
  name: 'ztunnel',
  async run() {
    const index = indexZtunnel(decodeZtunnel(syntheticDump(size), 'synthetic.json'))
    const many = (decide: (at: number) => unknown) => () => {
      for (let at = 0; at < calls; at++) decide(at)
    }
    const times = await interleaved({ rbac: many(rbacDecision(index)), path: many(l4Path(index)) }, rounds)
    return [
      { what: 'RBAC decisions', value: (calls * 1000) / times.rbac, unit: 'a second', bound: { atLeast: 100_000 } },
      { what: 'outbound and inbound of one call', value: times.path / calls, unit: 'ms', bound: { atMost: 5 } },
    ]
  },
}

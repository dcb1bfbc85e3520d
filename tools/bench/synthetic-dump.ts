import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'

const ip = (block: number, at: number): string => `10.${block + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`
const namespaceOf = (at: number): string => `ns-${at % 200}`
const hostnameOf = (at: number): string => `svc-${at >> 1}.${namespaceOf(at)}.svc.cluster.local`
const uidOf = (at: number): string => `Kubernetes//Pod/${namespaceOf(at)}/app-${at}`

const workload = (at: number): unknown => ({
  workloadIps: [ip(32, at)],
  protocol: at % 7 === 0 ? 'TCP' : 'HBONE',
  networkMode: 'Standard',
  uid: uidOf(at),
  name: `app-${at}`,
  namespace: namespaceOf(at),
  trustDomain: 'cluster.local',
  serviceAccount: `sa-${at % 50}`,
  workloadName: `app-${at >> 1}`,
  workloadType: 'deployment',
  canonicalName: `app-${at >> 1}`,
  canonicalRevision: 'v1',
  node: `node-${at % 300}`,
  status: 'Healthy',
  clusterId: 'Kubernetes',
  capacity: 1,
  services: [`${namespaceOf(at)}/${hostnameOf(at)}`],
  ...(at % 3 === 0 && { waypoint: { destination: `${namespaceOf(at)}/${hostnameOf(at)}`, hboneMtlsPort: 15008 } }),
})

const service = (at: number): unknown => ({
  name: `svc-${at >> 1}`,
  namespace: namespaceOf(at),
  hostname: hostnameOf(at),
  vips: [`/${ip(96, at >> 1)}`],
  ports: { 80: 8080 },
  endpoints: { [uidOf(at)]: { workloadUid: uidOf(at), port: { 80: 8080 }, status: 'Healthy' } },
  subjectAltNames: [],
  ipFamilies: 'IPv4',
  canonical: true,
})

const policy = (at: number): unknown => ({
  name: `allow-${at}`,
  namespace: namespaceOf(at),
  scope: 'Namespace',
  action: 'Allow',
  dryRun: false,
  rules: [[[{ principals: [{ Exact: `cluster.local/ns/${namespaceOf(at)}/sa/sa-1` }] }]]],
})

const indented = (value: unknown, indent: string): string =>
  JSON.stringify(value, null, 2).replaceAll('\n', `\n${indent}`)

/** Text of a dump of `size` workloads and half as many services, indented as ztunnel indents. */
function* dumpText(size: number): Iterable<string> {
  yield '{\n  "certificates": [],\n  "config": {\n    "localNode": "node-1",\n    "network": ""\n  }'
  const sections = [
    ['policies', policy, 100],
    ['services', service, 2],
    ['workloads', workload, 1],
  ] as const
  for (const [name, element, step] of sections) {
    for (let at = 0; at < size; at += step)
      yield `${at === 0 ? `,\n  "${name}": [` : ','}\n    ${indented(element(at), '    ')}`
    yield '\n  ]'
  }
  yield ',\n  "stagedServices": {},\n  "version": {\n    "version": "1.30.3"\n  },\n  "workloadState": {}\n}\n'
}

/** Writes such a dump: 0.9 MB for each thousand workloads. */
export const writeDump = async (file: string, size: number): Promise<void> => {
  const out = createWriteStream(file)
  let batch = ''
  for (const text of dumpText(size)) {
    batch += text
    if (batch.length < 1 << 20) continue
    if (!out.write(batch)) await once(out, 'drain')
    batch = ''
  }
  out.end(batch)
  await finished(out)
}

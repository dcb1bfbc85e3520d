import type { Evidence, ObjectRef } from '#model/evidence.ts'
import { asRecord, type KubernetesObject, list, refOf } from '#model/kubernetes.ts'
import type { Mesh } from '#model/mesh.ts'
import type { Workload } from '#model/ztunnel.ts'
import { type SocketAddress, socketText } from '#reason/address.ts'

export interface Declared {
  readonly object: ObjectRef
  readonly evidence: Evidence
}

/** The objects that declare an address and port as an endpoint of a service, looked up once for all addresses. */
export const declaredEndpoints = (mesh: Mesh): ((at: SocketAddress) => readonly Declared[]) => {
  const found = new Map<string, Declared[]>()
  const add = (ip: string, port: number, declared: Declared): void => {
    const key = socketText(ip, port)
    const known = found.get(key)
    if (known === undefined) found.set(key, [declared])
    else if (!known.includes(declared)) known.push(declared)
  }
  byZtunnels(mesh, add)
  for (const slice of mesh.kubernetes.of('EndpointSlice')) bySlice(slice, add)
  return ({ ip, port }) => found.get(socketText(ip, port)) ?? []
}

type Add = (ip: string, port: number, declared: Declared) => void

/** Endpoints of ServiceEntries and WorkloadEntries, to whose port a service of the dump leads. */
const byZtunnels = (mesh: Mesh, add: Add): void => {
  const [dump] = mesh.ztunnels
  if (dump === undefined) return
  const ports = portsByUid(dump.services)
  for (const workload of dump.workloads) {
    const object = objectOfUid(workload)
    if (object.kind === 'EndpointSlice' && mesh.kubernetes.knows('EndpointSlice')) continue
    const declared: Declared = {
      object,
      evidence: { from: 'dump', file: dump.file, pointer: workload.pointer, object },
    }
    for (const port of ports.get(workload.uid) ?? []) for (const ip of workload.workloadIps) add(ip, port, declared)
  }
}

const portsByUid = (services: Mesh['ztunnels'][number]['services']): ReadonlyMap<string, ReadonlySet<number>> => {
  const found = new Map<string, Set<number>>()
  for (const { workloadUid, ports } of services.flatMap(({ endpoints }) => endpoints)) {
    const known = found.get(workloadUid) ?? new Set()
    for (const port of ports.values()) known.add(port)
    found.set(workloadUid, known)
  }
  return found
}

/** `CLUSTER/GROUP/KIND/NAMESPACE/NAME[/ADDRESS]` (specs/ztunnel.md §4.2) */
const objectOfUid = ({ uid, namespace, name }: Workload): ObjectRef => {
  const [, , kind = 'Workload', space = namespace, own = name] = uid.split('/')
  return { kind, namespace: space, name: own }
}

/** Endpoints of Services without selector. */
const bySlice = (slice: KubernetesObject, add: Add): void => {
  const object = refOf(slice)
  const evidence: Evidence = { from: 'object', file: slice.file, pointer: `${slice.pointer}/endpoints`, object }
  const declared: Declared = { object, evidence }
  for (const { port } of list(slice.raw.ports).map(asRecord))
    for (const { addresses, conditions } of list(slice.raw.endpoints).map(asRecord))
      if (asRecord(conditions).ready !== false)
        for (const ip of list(addresses)) add(String(ip), Number(port), declared)
}

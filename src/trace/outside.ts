import type { Evidence, ObjectRef } from '#model/evidence.ts'
import { asRecord, list, refOf } from '#model/kubernetes.ts'
import type { Workload } from '#model/ztunnel.ts'
import type { SocketAddress } from '#reason/address.ts'
import { socketText } from '#reason/address.ts'
import type { Path } from './trace.ts'
import { after, ends, hop, step, undetermined } from './trace.ts'
import type { Walk } from './walk.ts'
import { served } from './walk.ts'
import type { World } from './world.ts'

/**
 * An address that no pod and no node's process has. One that an object declares as an endpoint is taken to answer, as a pod's
 * declared port is; of another one nothing is known.
 */
export const outside = (walk: Walk, to: SocketAddress): Path => {
  const address = socketText(to.ip, to.port)
  const declared = [...byZtunnels(walk.world, to), ...bySlices(walk.world, to)]
  if (declared.length === 0) return undetermined('network-path', address)
  const place = { kind: 'network', name: address } as const
  const declaredBy = declared.map(({ object }) => object)
  return after(
    hop(
      'deliver',
      place,
      [
        step(
          'network',
          { address, declaredBy },
          declared.map(({ evidence }) => evidence),
        ),
      ],
      [{ about: 'outside-endpoint', subject: address }],
    ),
    ends({
      kind: 'delivered',
      to: { kind: 'Address', name: address },
      address,
      peer: {},
      clientSees: served(walk.request),
    }),
  )
}

interface Declared {
  readonly object: ObjectRef
  readonly evidence: Evidence
}

/** Endpoints of Services without selector. */
const bySlices = (world: World, { ip, port }: SocketAddress): readonly Declared[] =>
  world.mesh.kubernetes
    .of('EndpointSlice')
    .filter(
      ({ raw }) =>
        list(raw.ports).some(entry => asRecord(entry).port === port) &&
        list(raw.endpoints)
          .map(asRecord)
          .some(endpoint => list(endpoint.addresses).includes(ip) && asRecord(endpoint.conditions).ready !== false),
    )
    .map(slice => {
      const object = refOf(slice)
      return { object, evidence: { from: 'object', file: slice.file, pointer: `${slice.pointer}/endpoints`, object } }
    })

/** Endpoints of ServiceEntries and WorkloadEntries, to whose port a service of the dump leads. */
const byZtunnels = (world: World, { ip, port }: SocketAddress): readonly Declared[] => {
  const [dump] = world.mesh.ztunnels
  if (dump === undefined) return []
  const served = new Set(
    dump.services
      .flatMap(({ endpoints }) => endpoints)
      .filter(({ ports }) => [...ports.values()].includes(port))
      .map(({ workloadUid }) => workloadUid),
  )
  return dump.workloads
    .filter(({ uid, workloadIps }) => workloadIps.includes(ip) && served.has(uid))
    .map(workload => ({ workload, object: objectOfUid(workload) }))
    .filter(({ object }) => object.kind !== 'EndpointSlice' || !world.mesh.kubernetes.knows('EndpointSlice'))
    .map(({ workload, object }) => ({
      object,
      evidence: { from: 'dump', file: dump.file, pointer: workload.pointer, object },
    }))
}

/** `CLUSTER/GROUP/KIND/NAMESPACE/NAME[/ADDRESS]` (specs/ztunnel.md §4.2) */
const objectOfUid = ({ uid, namespace, name }: Workload): ObjectRef => {
  const [, , kind = 'Workload', space = namespace, own = name] = uid.split('/')
  return { kind, namespace: space, name: own }
}

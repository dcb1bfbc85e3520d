import type { Evidence } from '#model/evidence.ts'
import { asRecord, list, refOf } from '#model/kubernetes.ts'
import { readIp } from '#redirection/ip.ts'
import type { Kernel } from '#redirection/kernel.ts'
import { familyOf } from './names.ts'
import type { Pod } from './world.ts'

/** Does a process listen on that port of the pod? `declared`: the pod's containers name the port, which proves nothing. */
export interface Listener {
  readonly known: 'listening' | 'declared' | 'absent' | 'unknown'
  readonly evidence: readonly Evidence[]
}

export const listenerOf = (pod: Pod, port: number, kernel?: Kernel, ip?: string): Listener => {
  const { object } = pod
  if (kernel?.knowsListeners('tcp') === true) return recorded(kernel, port, ip ?? pod.ips[0] ?? '')
  if (object === undefined) return { known: 'declared', evidence: [] }
  const containers = [...list(object.spec.containers), ...list(object.spec.initContainers)].map(asRecord)
  const evidence: readonly Evidence[] = [
    { from: 'object', file: object.file, pointer: `${object.pointer}/spec/containers`, object: refOf(object) },
  ]
  if (isReady(object.status) && containers.some(container => probes(container, port)))
    return { known: 'listening', evidence }
  const declared = containers.some(container => portsOf(container).some(entry => entry.containerPort === port))
  return { known: declared ? 'declared' : 'unknown', evidence }
}

/** What `ss` told of the pod's sockets. */
const recorded = (kernel: Kernel, port: number, ip: string): Listener => {
  const address = readIp(ip)
  const bound = kernel.sockets.some(
    socket =>
      socket.protocol === 'tcp' &&
      socket.port === port &&
      (socket.address === undefined ? socket.dual || socket.family === familyOf(ip) : socket.address === address),
  )
  return { known: bound ? 'listening' : 'absent', evidence: [] }
}

/** A ready pod's readiness probe got an answer on the port from the node. */
const probes = (container: Readonly<Record<string, unknown>>, port: number): boolean => {
  const probe = asRecord(container.readinessProbe)
  return [probe.httpGet, probe.tcpSocket, probe.grpc]
    .map(asRecord)
    .some(action => numberOf(container, action.port) === port)
}

const numberOf = (container: Readonly<Record<string, unknown>>, port: unknown): unknown =>
  typeof port === 'string' ? portsOf(container).find(entry => entry.name === port)?.containerPort : port

const portsOf = (container: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] =>
  list(container.ports).map(asRecord)

const isReady = (status: Readonly<Record<string, unknown>>): boolean =>
  list(status.conditions)
    .map(asRecord)
    .some(condition => condition.type === 'Ready' && condition.status === 'True')

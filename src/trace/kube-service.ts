import type { Evidence } from '#model/evidence.ts'
import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf, text } from '#model/kubernetes.ts'
import type { World } from './world.ts'

/** A Kubernetes Service port as kube-proxy programs it. */
export interface ServicePort {
  readonly service: KubernetesObject
  readonly name: string
  readonly port: number
  readonly evidence: readonly Evidence[]
}

export interface KubeEndpoint {
  readonly ip: string
  readonly port: number
  readonly node?: string
}

export type VirtualAddress =
  | {
      readonly kind: 'service'
      readonly port: ServicePort
      readonly endpoints: readonly KubeEndpoint[]
      /** The node puts its own address in the client's place. */
      readonly masquerades: boolean
    }
  | { readonly kind: 'no-such-port'; readonly service: KubernetesObject }
  /** Kubernetes writes an EndpointSlice for every selector, even an empty one: without any and without pods, they were not collected. */
  | { readonly kind: 'slices-missing'; readonly service: KubernetesObject }
  | { readonly kind: 'none' }

/**
 * What kube-proxy on `node` does with `ip:port` (TCP): the ready endpoints of the Service, else those that still serve
 * while they terminate (Kubernetes' ProxyTerminatingEndpoints). Cluster, external and load-balancer addresses, and node
 * ports at a node's address.
 */
export const kubeProxy = (world: World, ip: string, port: number, node: string | undefined): VirtualAddress => {
  const atNode = world.nodeAt(ip) !== undefined
  const services = world.mesh.kubernetes.of('Service').filter(service => atNode || addressesOf(service).includes(ip))
  for (const service of services) {
    const found = list(service.spec.ports)
      .map(asRecord)
      .find(entry => (atNode ? entry.nodePort : entry.port) === port && (entry.protocol ?? 'TCP') === 'TCP')
    if (found === undefined) continue
    const servicePort: ServicePort = {
      service,
      name: text(found.name) ?? '',
      port,
      evidence: [
        { from: 'object', file: service.file, pointer: `${service.pointer}/spec/ports`, object: refOf(service) },
      ],
    }
    const collected = service.spec.selector === undefined || slicesOf(world, service).length > 0
    const selected = collected ? [] : selectedPods(world, service, found)
    if (!collected && selected.length === 0) return { kind: 'slices-missing', service }
    const clusterIp = !atNode && [service.spec.clusterIP, ...list(service.spec.clusterIPs)].includes(ip)
    const local = service.spec[clusterIp ? 'internalTrafficPolicy' : 'externalTrafficPolicy'] === 'Local'
    const endpoints = (collected ? endpointsOf(world, service, servicePort.name) : selected).filter(
      endpoint => !local || endpoint.node === undefined || endpoint.node === node,
    )
    return { kind: 'service', port: servicePort, endpoints, masquerades: !clusterIp }
  }
  if (atNode) return { kind: 'none' }
  const [service] = services
  return service === undefined ? { kind: 'none' } : { kind: 'no-such-port', service }
}

/** What the slices that were not collected must hold: the ready pods that the selector picks, at the target port. */
const selectedPods = (
  world: World,
  service: KubernetesObject,
  { port, targetPort }: Readonly<Record<string, unknown>>,
): readonly KubeEndpoint[] =>
  world.mesh.kubernetes
    .of('Pod')
    .filter(
      pod =>
        pod.namespace === service.namespace &&
        Object.entries(asRecord(service.spec.selector)).every(([key, value]) => pod.labels[key] === value) &&
        list(pod.status.conditions)
          .map(asRecord)
          .some(({ type, status }) => type === 'Ready' && status === 'True'),
    )
    .flatMap(pod => {
      const ip = text(pod.status.podIP) ?? text(asRecord(list(pod.status.podIPs)[0]).ip)
      const target = typeof targetPort === 'string' ? namedPort(pod, targetPort) : (targetPort ?? port)
      const node = text(pod.spec.nodeName)
      return ip === undefined || typeof target !== 'number'
        ? []
        : [{ ip, port: target, ...(node !== undefined && { node }) }]
    })

const namedPort = (pod: KubernetesObject, name: string): unknown =>
  list(pod.spec.containers)
    .map(asRecord)
    .flatMap(container => list(container.ports).map(asRecord))
    .find(port => port.name === name)?.containerPort

/** The addresses a cluster DNS gives for a headless Service: ready ones, or all with `publishNotReadyAddresses`. */
export const headlessAddresses = (world: World, service: KubernetesObject, hostname?: string): readonly string[] =>
  slicesOf(world, service)
    .flatMap(slice => list(slice.raw.endpoints).map(asRecord))
    .filter(endpoint => isReady(endpoint) && (hostname === undefined || endpoint.hostname === hostname))
    .flatMap(endpoint => list(endpoint.addresses).filter(address => typeof address === 'string'))

export const isHeadless = (service: KubernetesObject): boolean => service.spec.clusterIP === 'None'

const addressesOf = (service: KubernetesObject): readonly unknown[] => [
  service.spec.clusterIP,
  ...list(service.spec.clusterIPs),
  ...list(service.spec.externalIPs),
  ...list(asRecord(service.status.loadBalancer).ingress).map(entry => asRecord(entry).ip),
]

const slicesOf = (world: World, service: KubernetesObject): readonly KubernetesObject[] =>
  world.mesh.kubernetes
    .of('EndpointSlice')
    .filter(
      slice => slice.namespace === service.namespace && slice.labels['kubernetes.io/service-name'] === service.name,
    )

const endpointsOf = (world: World, service: KubernetesObject, portName: string): readonly KubeEndpoint[] => {
  const all = slicesOf(world, service).flatMap(slice => {
    const port = list(slice.raw.ports)
      .map(asRecord)
      .find(entry => (text(entry.name) ?? '') === portName)?.port
    if (typeof port !== 'number') return []
    return list(slice.raw.endpoints)
      .map(asRecord)
      .map(endpoint => ({ endpoint, port, ip: text(list(endpoint.addresses)[0]) ?? '' }))
  })
  const ready = all.filter(({ endpoint }) => isReady(endpoint))
  const usable = ready.length > 0 ? ready : all.filter(({ endpoint }) => servesWhileTerminating(endpoint))
  return usable.map(({ endpoint, ip, port }) => {
    const node = text(endpoint.nodeName)
    return { ip, port, ...(node !== undefined && { node }) }
  })
}

const isReady = (endpoint: Readonly<Record<string, unknown>>): boolean => asRecord(endpoint.conditions).ready !== false

const servesWhileTerminating = (endpoint: Readonly<Record<string, unknown>>): boolean => {
  const { serving, terminating } = asRecord(endpoint.conditions)
  return serving === true && terminating === true
}

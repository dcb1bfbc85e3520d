import type { ObjectRef } from '#model/evidence.ts'
import type { KubernetesObject, KubernetesObjects } from '#model/kubernetes.ts'
import { asRecord, list, refOf, text } from '#model/kubernetes.ts'

/** A chain of one service: `inbound-vip|5432|tcp|db.shop.svc.cluster.local`, up to 1.23 with `-tcp` behind it. */
const chainName = /^inbound-vip\|(\d+)\|[^|]*\|([^|]+?)(?:-tcp)?$/

/**
 * The object that sends the streams of a service elsewhere, or a share of them: a configuration names only the clusters, so
 * the one VirtualService, TCPRoute or TLSRoute for that host and port. Undefined where all goes to the service itself, or
 * several objects fit.
 */
export const streamRouteOf = (
  kubernetes: KubernetesObjects,
  chain: string,
  { cluster, share }: { readonly cluster: string; readonly share?: number },
): ObjectRef | undefined => {
  const [, port, host] = chainName.exec(chain) ?? []
  if (port === undefined || host === undefined) return undefined
  if (share === undefined && cluster.endsWith(`|${host}`)) return undefined
  const [only, ...others] = [
    ...kubernetes.of('VirtualService').filter(object => sendsStreams(object, host, Number(port))),
    ...['TCPRoute', 'TLSRoute'].flatMap(kind => kubernetes.of(kind)).filter(each => hangsOn(each, host, Number(port))),
  ]
  return only === undefined || others.length > 0 ? undefined : refOf(only)
}

const sendsStreams = ({ spec, namespace }: KubernetesObject, host: string, port: number): boolean =>
  list(spec.hosts).some(name => isHost(text(name) ?? '', namespace, host)) &&
  [...list(spec.tcp), ...list(spec.tls)]
    .map(route => list(asRecord(route).match).map(asRecord))
    .some(matches => matches.length === 0 || matches.some(match => (match.port ?? port) === port))

/** A name without a dot is one of the object's own namespace. */
const isHost = (name: string, namespace: string, host: string): boolean =>
  name === host || (name !== '' && !name.includes('.') && host.startsWith(`${name}.${namespace}.svc.`))

const hangsOn = ({ spec, namespace }: KubernetesObject, host: string, port: number): boolean =>
  list(spec.parentRefs)
    .map(asRecord)
    .some(
      parent =>
        parent.kind === 'Service' &&
        host.startsWith(`${parent.name}.${parent.namespace ?? namespace}.svc.`) &&
        (parent.port ?? port) === port,
    )

import { UserError } from '#errors.ts'
import { asRecord, list, text } from '#model/kubernetes.ts'
import { workloadKinds } from '#model/pod-reference.ts'
import { connectionIp } from '#reason/address.ts'
import { closest } from '#reason/closest.ts'
import { ownerOf, ownerReference, podPlace } from './place.ts'
import type { Place } from './trace.ts'
import type { Pod, World } from './world.ts'

/** Who sends the request. */
export type Source =
  | { readonly kind: 'pod'; readonly pod: Pod; readonly ip: string; readonly oneOf: number }
  | { readonly kind: 'node'; readonly node: string; readonly ip?: string }
  | { readonly kind: 'external'; readonly ip?: string }

export const placeOf = (source: Source): Place => {
  if (source.kind === 'pod') return podPlace(source.pod)
  if (source.kind === 'node') return { kind: 'node', name: source.node }
  return { kind: 'client', name: source.ip ?? 'external' }
}

/**
 * Reads FROM (DESIGN §3.1): `ns/pod`, `pod.ns`, `deploy/web.shop`, a pod IP, `node/NAME`, `external`. A name that fits a
 * workload stands for its first pod. Throws a usage error that lists the candidates when the name is unknown or ambiguous.
 */
export const resolveSource = (
  world: World,
  from: string,
  options: { namespace?: string; sourceIp?: string } = {},
): Source => {
  if (from === 'external') return { kind: 'external', ...(options.sourceIp !== undefined && { ip: options.sourceIp }) }
  if (from.startsWith('node/')) return nodeSource(world, from.slice('node/'.length))
  const fromIp = connectionIp(from)
  const pods = fromIp === undefined ? namedPods(world, from, options.namespace) : podsAt(world, fromIp)
  const [pod] = pods
  if (pod === undefined) throw unknown(world, from)
  const owners = new Set(pods.map(candidate => `${candidate.namespace}/${ownerOf(candidate)}`))
  if (owners.size > 1) throw ambiguous(from, pods)
  const ip = options.sourceIp ?? fromIp ?? pod.ips[0] ?? ''
  return { kind: 'pod', pod, ip, oneOf: pods.length }
}

const podsAt = (world: World, ip: string): readonly Pod[] => {
  const pod = world.podAt(ip)
  return pod === undefined ? [] : [pod]
}

const nodeSource = (world: World, name: string): Source => {
  const known = new Set(world.pods.map(pod => pod.node).filter(node => node !== ''))
  for (const node of world.mesh.kubernetes.of('Node')) known.add(node.name)
  if (!known.has(name))
    throw new UserError('usage', `no node is called "${name}"`, {
      next: suggest([...known].map(node => `node/${node}`)),
    })
  const ip = world.mesh.kubernetes
    .of('Node')
    .filter(node => node.name === name)
    .flatMap(node => list(node.status.addresses))
    .map(asRecord)
    .find(address => address.type === 'InternalIP')?.address
  return { kind: 'node', node: name, ...(text(ip) !== undefined && { ip: String(ip) }) }
}

const namedPods = (world: World, from: string, namespace: string | undefined): readonly Pod[] => {
  const [first = '', second] = from.split('/', 2)
  const kind = second === undefined ? undefined : workloadKinds[first.toLowerCase()]
  if (kind !== undefined && second !== undefined) return ofWorkload(world, kind, second, namespace)
  if (second !== undefined && (first === 'pod' || first === 'pods' || first === 'po'))
    return dotted(world, second, namespace)
  if (second !== undefined) return candidates(world, second, first)
  return dotted(world, from, namespace)
}

/** `name.namespace`; pod names may hold dots, so the longest name wins. */
const dotted = (world: World, name: string, namespace: string | undefined): readonly Pod[] => {
  const at = name.lastIndexOf('.')
  const split = at > 0 ? candidates(world, name.slice(0, at), name.slice(at + 1)) : []
  return split.length > 0 ? split : candidates(world, name, namespace)
}

const candidates = (world: World, name: string, namespace: string | undefined): readonly Pod[] => {
  const inNamespace = world.pods.filter(
    pod => (namespace === undefined || pod.namespace === namespace) && pod.ips.length > 0,
  )
  const exact = inNamespace.filter(pod => pod.name === name)
  return exact.length > 0 ? exact : byName(inNamespace.filter(pod => ownerOf(pod) === name))
}

const ofWorkload = (world: World, kind: string, name: string, namespace: string | undefined): readonly Pod[] => {
  const at = name.indexOf('.')
  const [owner, space] = at > 0 ? [name.slice(0, at), name.slice(at + 1)] : [name, namespace]
  return byName(
    world.pods.filter(
      pod =>
        (space === undefined || pod.namespace === space) &&
        pod.ips.length > 0 &&
        ownerOf(pod) === owner &&
        fitsKind(pod, kind),
    ),
  )
}

const byName = (pods: readonly Pod[]): readonly Pod[] => pods.toSorted((a, b) => (a.name < b.name ? -1 : 1))

/** ztunnel may call a Deployment's pod type `pod` while it names the Deployment: the kind is then not known. */
const fitsKind = (pod: Pod, kind: string): boolean => {
  const owner = ownerReference(pod)
  if (owner === undefined) {
    const type = pod.workload?.workloadType ?? ''
    return type === '' || type === kind.toLowerCase() || (type === 'pod' && ownerOf(pod) !== pod.name)
  }
  return (
    owner.kind === kind ||
    (kind === 'Deployment' && owner.kind === 'ReplicaSet') ||
    (kind === 'CronJob' && owner.kind === 'Job')
  )
}

const unknown = (world: World, from: string): UserError => {
  const pods = world.pods.filter(pod => pod.ips.length > 0)
  const meant = closest(plainName(from), [...new Set(pods.map(pod => `${pod.namespace}/${ownerOf(pod)}`))])
  const word = from.split(/[/.]/)[0] ?? from
  const names = pods.map(pod => `${pod.namespace}/${pod.name}`)
  const near = names.filter(name => name.includes(word))
  return new UserError('usage', `no pod or workload is called "${from}"`, {
    next: meant === undefined ? suggest(near.length > 0 ? near : names) : [`did you mean ${meant}?`],
  })
}

/** `deploy/web.shop` and `web.shop` as `shop/web`. */
const plainName = (from: string): string => {
  const [first = '', second] = from.split('/', 2)
  const isKind = second !== undefined && workloadKinds[first.toLowerCase()] !== undefined
  const name = isKind ? second : from
  return name.includes('/') ? name : name.split('.').toReversed().join('/')
}

const ambiguous = (from: string, pods: readonly Pod[]): UserError =>
  new UserError('usage', `"${from}" fits several workloads`, {
    next: suggest(pods.map(pod => `${pod.namespace}/${pod.name}`)),
  })

const suggest = (names: readonly string[]): readonly string[] =>
  names.length === 0
    ? ['the input holds no pods: give a ztunnel dump or Pod objects with --snapshot']
    : [`one of: ${names.slice(0, 8).join(', ')}${names.length > 8 ? `, … (${names.length} in all)` : ''}`]

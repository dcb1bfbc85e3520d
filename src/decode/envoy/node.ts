import { numberAt, objectAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson, EnvoyRole, EnvoySubject, EnvoyVersion } from '#model/envoy.ts'

/** Envoy minor that an Istio minor ships: Istio 1.18 has Envoy 1.26, and both count up together (specs/waypoint.md §1.6). */
const envoyMinorOfIstio = (istioMinor: number): number => istioMinor + 8
const newestKnownMinor = 40

const roleWords: Readonly<Record<string, EnvoyRole>> = {
  waypoint: 'waypoint',
  sidecar: 'sidecar',
  router: 'gateway',
}

const readLabels = (node: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(objectAt(node, 'metadata', 'LABELS') ?? {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  )

const gatewayLabels = ['gateway.networking.k8s.io/gateway-name', 'istio.io/gateway-name']

const roleOf = (word: string | undefined, labels: Readonly<Record<string, string>>): EnvoyRole => {
  const role = word === undefined ? undefined : roleWords[word]
  if (role === undefined) return 'unknown'
  return role === 'waypoint' && labels['gateway.istio.io/managed'] === 'istio.io-eastwest-controller'
    ? 'east-west'
    : role
}

/** `node.id` is `TYPE~IP~POD.NAMESPACE~NAMESPACE.svc.DOMAIN`. */
const splitNodeId = (id: string): { word?: string; ip?: string; pod?: string; namespace?: string } => {
  const [word, ip, workload] = id.split('~')
  if (word === undefined || ip === undefined || workload === undefined) return {}
  const dot = workload.lastIndexOf('.')
  return dot < 0 ? { word, ip } : { word, ip, pod: workload.slice(0, dot), namespace: workload.slice(dot + 1) }
}

const defined = <T extends object>(members: { [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T

export const readSubject = (bootstrap: EnvoyJson | undefined): EnvoySubject => {
  const node = objectAt(bootstrap, 'node')
  const labels = readLabels(node)
  const nodeId = textAt(node, 'id')
  const { word, ip, pod, namespace: idNamespace } = splitNodeId(nodeId ?? '')
  const namespace = textAt(node, 'metadata', 'NAMESPACE') ?? idNamespace
  const gatewayName = gatewayLabels.map(label => labels[label]).find(name => name !== undefined)
  return defined<EnvoySubject>({
    role: roleOf(word, labels),
    nodeId,
    ip,
    pod: textAt(node, 'metadata', 'NAME') ?? pod,
    namespace,
    gateway:
      gatewayName === undefined
        ? undefined
        : { kind: 'Gateway', ...(namespace === undefined ? {} : { namespace }), name: gatewayName },
    serviceAccount: textAt(node, 'metadata', 'SERVICE_ACCOUNT'),
    network: textAt(node, 'metadata', 'NETWORK'),
    clusterId: textAt(node, 'metadata', 'CLUSTER_ID'),
    istioVersion: textAt(node, 'metadata', 'ISTIO_VERSION'),
    labels,
  })
}

const versionOfNode = (node: unknown): EnvoyVersion | undefined => {
  const version = objectAt(node, 'user_agent_build_version', 'version')
  const minor = numberAt(version, 'minor_number')
  if (minor === undefined) return undefined
  const text = `${numberAt(version, 'major_number') ?? 1}.${minor}.${numberAt(version, 'patch') ?? 0}`
  return { text, minor, from: 'user_agent_build_version' }
}

/** `/server_info` has `SHA/1.38.3/Clean/RELEASE/BoringSSL`. */
const versionOfServer = (serverInfo: EnvoyJson | undefined): EnvoyVersion | undefined => {
  const found = /(?:^|\/)(\d+\.(\d+)\.\d+)/.exec(textAt(serverInfo, 'version') ?? '')
  return found?.[1] === undefined ? undefined : { text: found[1], minor: Number(found[2]), from: 'server_info' }
}

const versionOfIstio = (istioVersion: string | undefined): EnvoyVersion | undefined => {
  const found = /^1\.(\d+)/.exec(istioVersion ?? '')
  if (found === null) return undefined
  const minor = envoyMinorOfIstio(Number(found[1]))
  return { text: `1.${minor}`, minor, from: 'istio_version' }
}

/** The Envoy version of a dump; `from` tells whether it was found, derived from Istio's version or assumed. */
export const readVersion = (bootstrap: EnvoyJson | undefined, serverInfo: EnvoyJson | undefined): EnvoyVersion => {
  const node = objectAt(bootstrap, 'node')
  return (
    versionOfNode(node) ??
    versionOfServer(serverInfo) ??
    versionOfIstio(textAt(node, 'metadata', 'ISTIO_VERSION')) ?? {
      text: `1.${newestKnownMinor}`,
      minor: newestKnownMinor,
      from: 'assumed',
    }
  )
}

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { kinds } from '#collect/kube/kinds.ts'
import { asRecord, list, text } from '#model/kubernetes.ts'
import type { Members } from './admin-api.ts'
import { imageName } from './image.ts'

/** The mesh that the cluster is given. */
export const demo = 'fixtures/demo'

export const istioSystem = 'istio-system'

/** What of the recorded mesh runs; the rest of it stays in the dumps. */
export const namespaces: readonly string[] = [istioSystem, 'shop', 'pay', 'legacy']

/** Ports of an application, and those that ztunnel opens in the network namespace of a captured pod. */
const applicationPorts = ['8080', '8081', '9000']
const capturedPorts = ['15001', '15006', '15008', '15053', '15053/udp']

export const nameOf = (object: Members): string => text(asRecord(object.metadata).name) ?? ''
export const namespaceOf = (object: Members): string => text(asRecord(object.metadata).namespace) ?? ''

export const recorded = (plural: string): readonly Members[] => {
  const file = join(demo, 'kubernetes', `${plural}.json`)
  if (!existsSync(file)) return []
  const { apiVersion, kind, items } = JSON.parse(readFileSync(file, 'utf8'))
  return list(items).map(item => ({ apiVersion, kind: String(kind).replace(/List$/, ''), ...asRecord(item) }))
}

const isHere = (object: Members): boolean => namespaces.includes(namespaceOf(object))

/** What the API server fills in is its own business. */
const anew = ({ apiVersion, kind, metadata }: Members, rest: Members): Members => {
  const { name, namespace, labels, annotations } = asRecord(metadata)
  return { apiVersion, kind, metadata: { name, namespace, labels, annotations }, ...rest }
}

/**
 * A definition of each kind of Istio and of the Gateway API that takes whatever it is given. One kind is left out, as it
 * often is, and two are served in their oldest version only.
 */
export const definitions = (): readonly Members[] =>
  kinds
    .filter(({ group, kind }) => /istio|gateway/.test(group) && kind !== 'WasmPlugin')
    .map(({ group, kind, plural, versions }) => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: {
        name: `${plural}.${group}`,
        annotations: { 'api-approved.kubernetes.io': 'unapproved, a test' },
      },
      spec: {
        group,
        scope: kind === 'GatewayClass' ? 'Cluster' : 'Namespaced',
        names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
        versions: [
          {
            name: /^T[A-Z]+Route$/.test(kind) ? versions.at(-1) : versions[0],
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    }))

/** Everything but pods, in the order in which it can be created. */
export const objects = (): readonly Members[] => [
  ...recorded('namespaces')
    .filter(object => namespaces.includes(nameOf(object)))
    .map(object => anew(object, {})),
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: istioSystem, name: 'istio' },
    data: { mesh: 'defaultConfig: {}\n' },
  },
  ...recorded('serviceaccounts')
    .filter(object => isHere(object) && nameOf(object) !== 'default')
    .map(object => anew(object, {})),
  ...recorded('services')
    .filter(isHere)
    .map(service => {
      const { ports, selector } = asRecord(service.spec)
      return anew(service, { spec: { ports, selector } })
    }),
  ...recorded('gatewayclasses').map(object => anew(object, { spec: object.spec })),
  ...['gateways', 'authorizationpolicies', 'peerauthentications']
    .flatMap(recorded)
    .filter(isHere)
    .map(object => anew(object, { spec: object.spec, status: object.status })),
]

/** Pods that no DaemonSet makes: waypoints and applications, under their recorded names. */
export const pods = (node: string): readonly Members[] =>
  recorded('pods')
    .filter(pod => isHere(pod) && namespaceOf(pod) !== istioSystem)
    .map(pod => anew(pod, { spec: { ...standIn(asRecord(pod.spec), argumentsOf(pod)), nodeName: node } }))

/** The ReplicaSets to which the pods were recorded to belong: made after the pods, they adopt them. */
export const replicaSets = (node: string): readonly Members[] => {
  const owned = new Map<string, Members[]>()
  for (const pod of pods(node)) {
    const owner = nameOf(pod).replace(/-[a-z0-9]+$/, '')
    owned.set(owner, [...(owned.get(owner) ?? []), pod])
  }
  return [...owned].flatMap(([name, [pod, ...others]]) => {
    if (pod === undefined) return []
    const { labels, annotations, namespace } = asRecord(pod.metadata)
    const template = { metadata: { labels, annotations }, spec: pod.spec }
    const spec = { replicas: 1 + others.length, selector: { matchLabels: labels }, template }
    return { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { namespace, name, labels }, spec }
  })
}

const argumentsOf = (pod: Members): readonly string[] => {
  const { annotations, labels } = asRecord(pod.metadata)
  if (asRecord(labels)['gateway.istio.io/managed'] !== undefined) return ['serve', '15008']
  const captured = asRecord(annotations)['ambient.istio.io/redirection'] === 'enabled'
  return ['serve', ...applicationPorts, ...(captured ? capturedPorts : [])]
}

/** ztunnel and istio-cni, on one node. istio-cni writes what it logged when the mesh was recorded. */
export const daemonSets = (node: string): readonly Members[] =>
  recorded('daemonsets').map(set => {
    const { selector, template } = asRecord(set.spec)
    const { metadata, spec } = asRecord(template)
    const proxy = standIn(asRecord(spec), ['serve'])
    const pod = nameOf(set) === 'ztunnel' ? proxy : asAgent(proxy)
    return anew(set, {
      spec: {
        selector,
        template: { metadata, spec: { ...pod, nodeSelector: { 'kubernetes.io/hostname': node } } },
      },
    })
  })

/** With the rights and the view of the node that istio-cni has. */
const asAgent = (pod: Members): Members => ({
  ...pod,
  containers: list(pod.containers).map(container => ({
    ...asRecord(container),
    command: ['sh', '-c', 'echo "$RECORDED_LOG"; exec /pod'],
    args: [],
    env: [{ name: 'RECORDED_LOG', value: log() }],
    volumeMounts: [{ name: 'proc', mountPath: '/host/proc', readOnly: true }],
  })),
  volumes: [{ name: 'proc', hostPath: { path: '/proc', type: 'Directory' } }],
})

/** The recorded log, with a pod that runs here in place of one that does not. */
const log = (): string =>
  readFileSync('test/kube/istio-cni.log', 'utf8').replaceAll('ns=misc name=db-1', 'ns=shop name=web-84c57879c9-lr4pm')

/** A recorded pod whose containers are stand-ins with the same names, rights and settings. */
const standIn = ({ containers, serviceAccountName, tolerations }: Members, args: readonly string[]): Members => ({
  serviceAccountName,
  tolerations,
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  terminationGracePeriodSeconds: 1,
  containers: list(containers).map(container => {
    const { name, env, ports, securityContext } = asRecord(container)
    return {
      name,
      image: imageName,
      imagePullPolicy: 'IfNotPresent',
      args,
      ports,
      securityContext,
      env: list(env)
        .map(asRecord)
        .filter(({ value }) => value !== undefined),
    }
  }),
})

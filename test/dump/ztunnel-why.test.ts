import { expect, test } from 'vitest'
import { decodeZtunnel } from '#decode/ztunnel/dump.ts'
import { whyTcp } from '#dump/ztunnel/why-tcp.ts'
import { type KubernetesObject, KubernetesObjects } from '#model/kubernetes.ts'
import type { Workload } from '#model/ztunnel.ts'
import { whyNoWaypoint } from '#reason/why-waypoint.ts'

type Part = Partial<Pick<KubernetesObject, 'labels' | 'annotations' | 'spec' | 'status'>>

const object = (kind: string, namespace: string, name: string, part: Part = {}): KubernetesObject => ({
  apiVersion: kind === 'Gateway' ? 'gateway.networking.k8s.io/v1' : 'v1',
  kind,
  namespace,
  name,
  labels: {},
  annotations: {},
  spec: {},
  status: {},
  raw: {},
  file: 'k8s.json',
  pointer: '',
  ...part,
})

const use = (value: string, more = {}) => ({ labels: { 'istio.io/use-waypoint': value, ...more } })
const ready = { conditions: [{ type: 'Programmed', status: 'True', reason: 'Programmed', message: '' }] }
const gateway = (part: Part = {}, namespace = 'shop') => object('Gateway', namespace, 'wp', { status: ready, ...part })
const listeners = (namespaces: object) => ({ listeners: [{ allowedRoutes: { namespaces } }] })

const service = (part: Part = {}) => object('Service', 'shop', 'cart', part)
const namespace = (part: Part = {}) => object('Namespace', '', 'shop', part)
const why = (objects: readonly KubernetesObject[], attachable: 'service' | 'workload' = 'service') =>
  whyNoWaypoint(
    new KubernetesObjects(objects, ['Gateway']),
    objects.find(one => one.kind === 'Service'),
    'shop',
    attachable,
  )

test.each([
  ['no label', [service(), namespace()], 'not-labelled'],
  ['no label, and no object of the namespace', [service()], 'namespace-unknown'],
  ['none on the object, whatever its namespace has', [service(use('none'))], 'opted-out'],
  [
    'the service of a waypoint, whatever its namespace has',
    [service({ labels: { 'gateway.networking.k8s.io/gateway-name': 'wp' } })],
    'is-waypoint',
  ],
  ['none on the object, though the namespace has one', [service(use('none')), namespace(use('wp'))], 'opted-out'],
  ['a Gateway that is not there', [service(use('wp')), namespace()], 'no-such-gateway'],
  [
    'the Gateway of another namespace',
    [service(use('wp', { 'istio.io/use-waypoint-namespace': 'infra' })), namespace(), gateway()],
    'no-such-gateway',
  ],
  ['a Gateway that is not programmed', [service(use('wp')), namespace(), gateway({ status: {} })], 'gateway-not-ready'],
  [
    'a Gateway for workloads',
    [service(use('wp')), namespace(), gateway({ labels: { 'istio.io/waypoint-for': 'workload' } })],
    'other-traffic',
  ],
  [
    'a Gateway for all, not arrived yet',
    [service(use('wp')), namespace(), gateway({ labels: { 'istio.io/waypoint-for': 'all' } })],
    'not-arrived',
  ],
  [
    'a Gateway elsewhere that allows its own namespace only',
    [
      service(use('wp', { 'istio.io/use-waypoint-namespace': 'infra' })),
      namespace(),
      gateway({ spec: listeners({ from: 'Same' }) }, 'infra'),
    ],
    'not-attached',
  ],
  [
    'a selector that fits the namespace',
    [
      service(use('wp', { 'istio.io/use-waypoint-namespace': 'infra' })),
      namespace({ labels: { team: 'a' } }),
      gateway({ spec: listeners({ from: 'Selector', selector: { matchLabels: { team: 'a' } } }) }, 'infra'),
    ],
    'not-arrived',
  ],
  [
    'a selector whose expressions do not fit the namespace',
    [
      service(use('wp', { 'istio.io/use-waypoint-namespace': 'infra' })),
      namespace({ labels: { team: 'a' } }),
      gateway(
        {
          spec: listeners({
            from: 'Selector',
            selector: { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['a'] }] },
          }),
        },
        'infra',
      ),
    ],
    'not-attached',
  ],
  [
    'the service of a waypoint',
    [service({ labels: { 'gateway.networking.k8s.io/gateway-name': 'wp' } }), namespace(use('wp'))],
    'is-waypoint',
  ],
  [
    'a refusal in its status',
    [
      service({
        ...use('wp'),
        status: {
          conditions: [
            { type: 'istio.io/WaypointBound', status: 'False', reason: 'CanaryInvalidWeight', message: 'm' },
          ],
        },
      }),
      namespace(),
      gateway(),
    ],
    'refused',
  ],
  ['no objects at all', [], 'no-objects'],
])('%s', (_, objects, code) => {
  expect(why(objects).code).toBe(code)
})

test('a namespace label for services leaves its workloads without a waypoint', () => {
  expect(why([service(), namespace(use('wp')), gateway()], 'workload')).toMatchObject({
    code: 'other-traffic',
    waypointFor: 'service',
    label: { kind: 'Namespace', name: 'shop' },
  })
})

const workload = (members: object = {}): Workload => {
  const dump = {
    workloads: [{ uid: 'Kubernetes//Pod/shop/web', name: 'web', namespace: 'shop', protocol: 'TCP', ...members }],
    policies: [],
  }
  const [first] = decodeZtunnel(dump, 'dump.json').workloads
  if (first === undefined) throw new Error('the workload was not read')
  return first
}
const pod = (part: Part = {}) => object('Pod', 'shop', 'web', part)
const ambient = { labels: { 'istio.io/dataplane-mode': 'ambient' } }

test.each([
  [
    'host network by the dump alone',
    workload({ networkMode: 'HostNetwork' }),
    [],
    { code: 'host-network', from: 'dump' },
  ],
  [
    'host network by the pod',
    workload(),
    [pod({ spec: { hostNetwork: true } })],
    { code: 'host-network', from: 'objects' },
  ],
  [
    'a WorkloadEntry',
    workload({ uid: 'Kubernetes/networking.istio.io/WorkloadEntry/shop/vm' }),
    [],
    { code: 'not-a-pod', kind: 'WorkloadEntry' },
  ],
  ['no label anywhere', workload(), [pod(), namespace()], { code: 'not-enrolled', namespace: 'shop' }],
  [
    'opted out',
    workload(),
    [pod({ labels: { 'istio.io/dataplane-mode': 'none' } }), namespace(ambient)],
    { code: 'opted-out', mode: 'none' },
  ],
  [
    'a sidecar',
    workload(),
    [pod({ annotations: { 'sidecar.istio.io/status': '{}' } }), namespace(ambient)],
    { code: 'has-sidecar' },
  ],
  ['enrolled and not captured', workload(), [pod(), namespace(ambient)], { code: 'not-captured' }],
  [
    'captured by now',
    workload(),
    [pod({ annotations: { 'ambient.istio.io/redirection': 'enabled' } })],
    { code: 'not-arrived' },
  ],
  ['a namespace that was not collected', workload(), [pod()], { code: 'namespace-unknown', namespace: 'shop' }],
  ['a pod that was not collected', workload(), [object('Pod', 'shop', 'other'), namespace()], { code: 'no-object' }],
  ['the dump alone', workload(), [], { code: 'no-objects' }],
])('TCP because of %s', (_, workload, objects, reason) => {
  expect(whyTcp(new KubernetesObjects(objects), workload)).toMatchObject(reason)
})

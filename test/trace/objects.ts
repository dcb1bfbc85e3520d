import type { KubernetesObject } from '#model/kubernetes.ts'
import { KubernetesObjects } from '#model/kubernetes.ts'
import type { World } from '#trace/world.ts'
import { worldOf } from '#trace/world.ts'

export const object = (
  kind: string,
  namespace: string,
  name: string,
  rest: Partial<KubernetesObject> = {},
): KubernetesObject => ({
  apiVersion: 'v1',
  kind,
  namespace,
  name,
  labels: {},
  annotations: {},
  spec: {},
  status: {},
  raw: {},
  file: 'objects.json',
  pointer: '',
  ...rest,
})

export const pod = (
  namespace: string,
  name: string,
  ip: string,
  rest: { owner?: { kind: string; name: string }; annotations?: Record<string, string>; ports?: number[] } = {},
): KubernetesObject =>
  object('Pod', namespace, name, {
    annotations: rest.annotations ?? {},
    spec: { nodeName: 'n1', containers: [{ ports: (rest.ports ?? []).map(containerPort => ({ containerPort })) }] },
    status: { podIPs: [{ ip }], phase: 'Running' },
    raw: { metadata: { ...(rest.owner !== undefined && { ownerReferences: [rest.owner] }) } },
  })

export const worldWith = (...objects: readonly KubernetesObject[]): World =>
  worldOf({
    ztunnels: [],
    waypoints: [],
    netns: [],
    logs: [],
    failures: [],
    kubernetes: new KubernetesObjects(objects),
    issues: [],
  })

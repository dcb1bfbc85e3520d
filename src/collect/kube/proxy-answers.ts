import type { InputKind } from '#decode/recognise.ts'
import type { Subject } from '../item.ts'
import { type ClusterPod, isZtunnel, nameOf, subjectOf } from './pods.ts'

/** One answer of a proxy: where it is kept, what is asked for, and what the answer is if it is one. */
export interface Answer {
  readonly path: string
  readonly kind: string
  readonly subject: Subject
  readonly asked: string
  readonly is: readonly InputKind[]
  /** The admin port without it. */
  readonly port?: number
}

/** Where ztunnels tell their metrics. */
const metricsPort = 15020

export const ztunnelAnswers = (pod: ClusterPod): readonly Answer[] => [
  {
    path: `${folderOf(pod)}/config_dump.json`,
    kind: 'ztunnel-config-dump',
    subject: ownerOf(pod),
    asked: '/config_dump',
    is: ['ztunnel-dump'],
  },
]

export const waypointAnswers = (pod: ClusterPod): readonly Answer[] => {
  const [folder, subject] = [folderOf(pod), ownerOf(pod)]
  return [
    {
      path: `${folder}/config_dump.json`,
      kind: 'envoy-config-dump',
      subject,
      asked: '/config_dump?include_eds',
      is: ['envoy-config-dump', 'agentgateway-dump'],
    },
    {
      path: `${folder}/clusters.json`,
      kind: 'envoy-clusters',
      subject,
      asked: '/clusters?format=json',
      is: ['envoy-clusters'],
    },
    {
      path: `${folder}/server_info.json`,
      kind: 'envoy-server-info',
      subject,
      asked: '/server_info',
      is: ['envoy-server-info'],
    },
  ]
}

export const metricsAnswer = (pod: ClusterPod): Answer => ({
  path: `${folderOf(pod)}/metrics.txt`,
  kind: 'metrics',
  subject: ownerOf(pod),
  asked: '/stats/prometheus',
  is: ['metrics'],
  ...(isZtunnel(pod) && { port: metricsPort }),
})

const folderOf = (pod: ClusterPod): string => (isZtunnel(pod) ? `ztunnel/${pod.node}` : `waypoint/${nameOf(pod)}`)

const ownerOf = (pod: ClusterPod): Subject => ({ ...(isZtunnel(pod) && { node: pod.node }), ...subjectOf(pod) })

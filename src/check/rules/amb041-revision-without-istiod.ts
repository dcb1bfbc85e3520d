import type { KubernetesObject } from '#model/kubernetes.ts'
import { refOf } from '#model/kubernetes.ts'
import type { World } from '#trace/world.ts'
import { defineCheck } from '../check.ts'
import { citeMetadata, conditionOf, named } from '../cite.ts'
import { waypointGateways } from '../waypoint-use.ts'

const revision = 'istio.io/rev'

export default defineCheck({
  code: 'AMB041',
  title: 'A canary waypoint is of a revision that no control plane has',
  severity: 'error',
  means:
    'Nobody makes the proxy of the Gateway: what is sent to this waypoint is sent to nobody, or goes straight to the pods.',
  causes: ['no istiod of the revision that the Gateway names', 'the tag of the revision was removed'],
  fix: 'Install the control plane of that revision or its tag, or label the Gateway with one that runs.',
  *find(world) {
    const known = revisions(world)
    if (known === undefined) return
    for (const gateway of waypointGateways(world)) {
      const wanted = revisionOf(world, gateway)
      const programmed = conditionOf(gateway, 'Programmed')
      if (wanted === undefined || known.has(wanted.name) || programmed?.status === 'True') continue
      yield {
        objects: [refOf(gateway), ...(wanted.by === gateway ? [] : [refOf(wanted.by)])],
        says: `${named(gateway)} is of revision ${wanted.name}, and istiod runs as ${[...known].join(', ')}`,
        evidence: [
          citeMetadata(wanted.by, 'labels', revision),
          ...(programmed === undefined ? [] : [programmed.evidence]),
        ],
      }
    }
  },
})

/** Of the Gateway itself, else of its namespace. */
const revisionOf = (
  { mesh }: World,
  gateway: KubernetesObject,
): { readonly name: string; readonly by: KubernetesObject } | undefined => {
  for (const by of [gateway, mesh.kubernetes.get('Namespace', '', gateway.namespace)]) {
    const name = by?.labels[revision]
    if (by !== undefined && name !== undefined) return { name, by }
  }
  return undefined
}

/** Revisions and tags that are installed; undefined where the input does not hold istiod. */
const revisions = ({ mesh: { kubernetes } }: World): ReadonlySet<string> | undefined => {
  const istiods = [...kubernetes.of('Deployment'), ...kubernetes.of('Pod')].filter(
    ({ labels }) => labels.app === 'istiod',
  )
  if (istiods.length === 0) return undefined
  const tags = [...kubernetes.of('MutatingWebhookConfiguration'), ...kubernetes.of('Service')].flatMap(({ labels }) =>
    [labels['istio.io/tag'], labels[revision]].filter(name => name !== undefined),
  )
  return new Set([...istiods.map(({ labels }) => labels[revision] ?? 'default'), ...tags])
}

import type { AccessCheck } from '#model/access.ts'
import { asRecord, list, text } from '#model/kubernetes.ts'
import type { ApiServer } from './api-server.ts'
import { ClusterFailure } from './failure.ts'
import type { MeshChoice } from './find.ts'
import { kinds, rightToList } from './kinds.ts'
import { rightToMeshConfig } from './mesh-config.ts'
import { Slots } from './patience.ts'
import { rightToLogs } from './pod-access.ts'
import { type Right, rightText, ruleOf, streamVerbs } from './right.ts'

interface Need {
  readonly right: Right
  readonly costs: string
}

const reviewsAtOnce = 8

export interface AccessChoice extends MeshChoice {
  /** Only what is needed in this namespace, beside Istio's own. */
  readonly namespace?: string | undefined
}

/** Asks the API server what this user may do of all that collecting needs. Throws when it does not answer. */
export const checkAccess = async (server: ApiServer, choice: AccessChoice): Promise<readonly AccessCheck[]> => {
  const slots = new Slots(reviewsAtOnce)
  const home = choice.istioNamespace ?? (await homeOfIstiod(server)) ?? 'istio-system'
  return Promise.all(
    needs(home, choice).map(({ right, costs }) =>
      slots.run(async () => ({
        right: rightText(right),
        allowed: await isAllowed(server, right),
        costs,
        rule: ruleOf(right),
      })),
    ),
  )
}

/** Undefined for who may not look for it. */
const homeOfIstiod = async (server: ApiServer): Promise<string | undefined> => {
  try {
    const query = new URLSearchParams({ labelSelector: 'app=istiod', limit: '1' })
    const found = await server.json({ path: `/api/v1/pods?${query}`, what: 'istiod' })
    return text(asRecord(asRecord(list(asRecord(found).items)[0]).metadata).namespace)
  } catch (error) {
    if (error instanceof ClusterFailure && error.status === 403) return undefined
    throw error
  }
}

const needs = (home: string, { namespace, revision }: AccessChoice): readonly Need[] => [
  ...kinds.map(kind => ({
    right: rightToList(kind, kind.clusterScoped ? undefined : namespace),
    costs: kind.costs,
  })),
  { right: { ...toStream, resource: 'pods/portforward', namespace: home }, costs: 'what ztunnels hold' },
  { right: { ...toStream, resource: 'pods/portforward', namespace }, costs: 'what waypoints hold' },
  {
    right: { ...toStream, resource: 'pods/exec', namespace: home },
    costs: 'the rules of nodes and pods as the kernel has them',
  },
  {
    right: rightToLogs(home),
    costs: "what ztunnels and istio-cni log, and the rules it intended where the kernel's cannot be read",
  },
  { right: rightToMeshConfig(home, revision), costs: 'an admin port other than 15000' },
]

const toStream = { verbs: streamVerbs, group: '' }

const isAllowed = async (server: ApiServer, right: Right): Promise<boolean> => {
  for (const verb of right.verbs) if (!(await review(server, right, verb))) return false
  return true
}

const review = async (
  server: ApiServer,
  { group, resource, namespace, name }: Right,
  verb: string,
): Promise<boolean> => {
  const [plural, subresource] = resource.split('/')
  const answer = await server.json({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    what: 'an access review',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb, group, resource: plural, subresource, namespace, name } },
    },
  })
  return asRecord(asRecord(answer).status).allowed === true
}

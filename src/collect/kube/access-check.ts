import type { AccessCheck } from '#model/access.ts'
import { asRecord } from '#model/kubernetes.ts'
import type { ApiServer } from './api-server.ts'
import { kinds, rightToList } from './kinds.ts'
import { Slots } from './patience.ts'
import { type Right, rightText, ruleOf, streamVerbs } from './right.ts'

interface Need {
  readonly right: Right
  readonly costs: string
}

const reviewsAtOnce = 8

/** Asks the API server what this user may do of all that collecting needs. Throws when it does not answer. */
export const checkAccess = (server: ApiServer, istioNamespace: string): Promise<readonly AccessCheck[]> => {
  const slots = new Slots(reviewsAtOnce)
  return Promise.all(
    needs(istioNamespace).map(({ right, costs }) =>
      slots.run(async () => ({
        right: rightText(right),
        allowed: await isAllowed(server, right),
        costs,
        rule: ruleOf(right),
      })),
    ),
  )
}

const needs = (namespace: string): readonly Need[] => [
  ...kinds.map(kind => ({ right: rightToList(kind), costs: kind.costs })),
  { right: { verbs: streamVerbs, group: '', resource: 'pods/portforward', namespace }, costs: 'what ztunnels hold' },
  { right: { verbs: streamVerbs, group: '', resource: 'pods/portforward' }, costs: 'what waypoints hold' },
  {
    right: { verbs: streamVerbs, group: '', resource: 'pods/exec', namespace },
    costs: 'the rules of nodes and pods as the kernel has them',
  },
  {
    right: { verbs: ['get'], group: '', resource: 'pods/log', namespace },
    costs: "the rules that istio-cni intended, where the kernel's cannot be read",
  },
  {
    right: { verbs: ['get'], group: '', resource: 'configmaps', name: 'istio', namespace },
    costs: 'an admin port other than 15000',
  },
]

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

import { expect, test } from 'vitest'
import { Issues } from '#decode/json/at.ts'
import { readKubernetes } from '#decode/kubernetes/objects.ts'

test.each([
  ['networking.k8s.io/v1', 'NetworkPolicyList', 'NetworkPolicy'],
  ['crd.projectcalico.org/v1', 'NetworkPolicyList', 'NetworkPolicy.crd.projectcalico.org'],
  ['networking.istio.io/v1', 'GatewayList', 'Gateway.networking.istio.io'],
  ['v1', 'ServiceList', 'Service'],
  ['v1', 'List', 'Service'],
])('an empty list of %s %s tells that there is no %s', (apiVersion, kind, known) => {
  const list = { apiVersion, kind, items: [] }
  expect(readKubernetes(list, new Issues('services.json'), '', 'services.json').kinds).toEqual([known])
})

import type { Authorization } from '#model/ztunnel.ts'
import { defineCheck } from '../check.ts'
import { citeLine, citeRecord } from '../cite.ts'
import { plaintextPods } from '../pods.ts'

const converted = /(^|\/)(istio_converted_static_strict$|converted_peer_authentication_)/

export default defineCheck({
  code: 'AMB011',
  title: 'STRICT meets clients that send plaintext',
  severity: 'info',
  means: 'Plaintext connections to these workloads are accepted and closed at once.',
  causes: [
    'PeerAuthentication asks for STRICT while clients are still outside the mesh',
    'the redirection of a client was lost (AMB003)',
    'up to 1.24.2 STRICT is applied to more than a PeerAuthentication with ports asks for',
  ],
  fix: 'Bring the clients into the mesh, or set PERMISSIVE for the workload until they are.',
  fixedIn: ['1.24.3'],
  *find(world) {
    const plaintext = plaintextPods(world)
    for (const dump of world.mesh.ztunnels)
      for (const policy of dump.policies) {
        const key = keyOf(policy)
        if (!converted.test(key)) continue
        const workloads = dump.workloads.filter(
          ({ authorizationPolicies, protocol }) => protocol === 'HBONE' && authorizationPolicies.includes(key),
        )
        const [one] = workloads
        if (one === undefined) continue
        const refused = world.mesh.logs.filter(({ fields }) => fields.error?.endsWith(`denied by: ${key}`) === true)
        const clients = [...new Set(refused.map(({ fields }) => clientOf(fields)))]
        if (refused.length === 0 && plaintext.length === 0) continue
        const [line] = refused
        yield {
          objects: [{ kind: 'PeerAuthentication', namespace: policy.namespace, name: sourceName(policy) }],
          says: `${key} refuses plaintext at ${workloads.length} workloads${clients.length > 0 ? `, and refused ${clients.join(', ')}` : `; ${plaintext.length} pods send plaintext`}`,
          evidence: [
            citeRecord(dump, policy, '/rules', key),
            citeRecord(dump, one, '/authorizationPolicies', key),
            ...(line === undefined ? [] : [citeLine(line)]),
          ],
          confidence: refused.length > 0 ? 'certain' : 'possible',
        }
      }
  },
})

const keyOf = ({ namespace, name }: Authorization): string => `${namespace}/${name}`

/** The policy that stands for STRICT does not say which PeerAuthentication asked for it. */
const sourceName = ({ name }: Authorization): string => name.replace(/^converted_peer_authentication_/, '')

const clientOf = (fields: Readonly<Record<string, string>>): string =>
  fields['src.workload'] === undefined
    ? (fields['src.addr'] ?? 'an unknown client').replace(/:\d+$/, '')
    : `${fields['src.namespace']}/${fields['src.workload']}`

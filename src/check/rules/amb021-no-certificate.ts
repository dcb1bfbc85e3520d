import { defineCheck } from '../check.ts'

export default defineCheck({
  code: 'AMB021',
  title: 'An identity has no certificate',
  severity: 'error',
  means:
    'Pods of this service account on the node can neither send nor receive through the mesh: outbound fails with an identity error, and peers see a reset.',
  causes: [
    'the CA does not trust this ztunnel or its node',
    'the service account is gone, or istiod does not know the pod',
    'istiod cannot be reached on 15012',
  ],
  fix: 'Read the reason: repair the trust of ztunnel at istiod (CA_TRUSTED_NODE_ACCOUNTS, trustedZtunnelNamespace), the service account, or the way to istiod.',
  *find(world) {
    for (const dump of world.mesh.ztunnels)
      for (const { identity, state, pointer } of dump.certificates) {
        if (!state.startsWith('Unavailable')) continue
        const [, namespace = '', name = ''] = /\/ns\/([^/]*)\/sa\/([^/]*)$/.exec(identity) ?? []
        yield {
          objects: [{ kind: 'ServiceAccount', namespace, name }],
          says: `ztunnel on ${dump.config.localNode ?? 'an unknown node'} has no certificate for ${identity}: ${state.replace(/^Unavailable: /, '')}`,
          evidence: [{ from: 'dump', file: dump.file, pointer: `${pointer}/state`, value: state }],
        }
      }
  },
})

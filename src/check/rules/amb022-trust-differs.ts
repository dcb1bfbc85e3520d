import type { ZtunnelDump } from '#model/ztunnel.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { citeLine } from '../cite.ts'

export default defineCheck({
  code: 'AMB022',
  title: 'Two ends do not trust each other',
  severity: 'error',
  means: 'The TLS handshake of every HBONE connection between them fails.',
  causes: ['roots of different clusters or of a rotation that is half done', 'another trust domain without an alias'],
  fix: 'Give both ends a common root, and list other trust domains in trustDomainAliases.',
  *find({ mesh }) {
    const [first, ...others] = mesh.ztunnels.filter(dump => rootsOf(dump).size > 0)
    for (const other of others) {
      if (first === undefined) break
      const own = rootsOf(first)
      if ([...rootsOf(other)].some(root => own.has(root))) continue
      yield {
        objects: [
          { kind: 'Node', name: nodeOf(other) },
          { kind: 'Node', name: nodeOf(first) },
        ],
        says: `the ztunnels of ${nodeOf(first)} and ${nodeOf(other)} have no root certificate in common`,
        evidence: [rootEvidence(first), rootEvidence(other)],
      }
    }
    const line = mesh.logs.find(({ fields }) => isDistrust.test(fields.error ?? ''))
    if (line === undefined) return
    const { 'dst.workload': name = 'an unknown workload', 'dst.namespace': namespace = '' } = line.fields
    yield {
      objects: [{ kind: 'Pod', namespace, name }],
      says: `a TLS handshake failed on the certificate of the other end: ${line.fields.error}`,
      evidence: [citeLine(line)],
      confidence: 'likely',
    }
  },
})

const isDistrust = /invalid peer certificate|unknown ?issuer|did not find expected SAN|CERTIFICATE_VERIFY_FAILED/i

const rootsOf = ({ certificates }: ZtunnelDump): ReadonlySet<string> =>
  new Set(certificates.flatMap(({ rootCerts }) => rootCerts.map(({ pem, serialNumber }) => pem || serialNumber)))

const nodeOf = ({ config, file }: ZtunnelDump): string => config.localNode ?? file

const rootEvidence = (dump: ZtunnelDump): Found['evidence'][0] => ({
  from: 'dump',
  file: dump.file,
  pointer: `${dump.certificates.find(({ rootCerts }) => rootCerts.length > 0)?.pointer ?? ''}/rootCerts`,
  value: dump.certificates.flatMap(({ rootCerts }) => rootCerts.map(({ serialNumber }) => serialNumber))[0] ?? '',
})

import type { LogLine } from '#model/log.ts'
import { defineCheck } from '../check.ts'
import { citeLine } from '../cite.ts'

export default defineCheck({
  code: 'AMB048',
  title: 'The certificate of a workload is on the revocation list',
  severity: 'error',
  means: 'Every tunnel from or to the workload is closed by its peer.',
  causes: ['the certificate, or one above it, stands on the list that ztunnel was given'],
  fix: 'Take the certificate off the list if it is there by mistake; else issue new ones, and restart what holds the old.',
  *find(world) {
    for (const line of world.mesh.logs) {
      const { error } = line.fields
      if (error === undefined || !/revoked by CRL/.test(error)) continue
      const peer = peerOf(line)
      if (peer === undefined) continue
      yield {
        objects: [
          {
            kind: 'Pod',
            namespace: line.fields[`${peer}.namespace`] ?? '',
            name: line.fields[`${peer}.workload`] ?? '',
          },
        ],
        says: `${line.fields[`${peer}.namespace`]}/${line.fields[`${peer}.workload`]} shows a certificate that was revoked`,
        evidence: [citeLine(line)],
      }
    }
  },
})

/** Whoever is at the other end of the one that wrote the line. */
const peerOf = ({ fields }: LogLine): 'src' | 'dst' | undefined => {
  const peer = fields.direction === 'inbound' ? 'src' : 'dst'
  return fields[`${peer}.workload`] === undefined ? undefined : peer
}

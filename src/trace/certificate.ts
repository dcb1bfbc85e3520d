import type { Evidence } from '#model/evidence.ts'
import type { ZtunnelDump } from '#model/ztunnel.ts'

/** Why a ztunnel cannot prove an identity, in its own words; undefined where it can or where the dump does not tell. */
export interface MissingCertificate {
  readonly error: string
  readonly evidence: readonly Evidence[]
}

const unavailable = 'Unavailable: '

/** specs/ztunnel.md §2.6, §7.2. */
export const missingCertificate = (dump: ZtunnelDump, identity: string | undefined): MissingCertificate | undefined => {
  const entry = dump.certificates.find(certificate => certificate.identity === identity)
  if (entry === undefined || !entry.state.startsWith(unavailable) || entry.certChain.length > 0) return undefined
  return {
    error: entry.state.slice(unavailable.length),
    evidence: [{ from: 'dump', file: dump.file, pointer: `${entry.pointer}/state` }],
  }
}

import type { Certificate, CertificateEntry } from '#model/ztunnel.ts'
import { type CertificateDetail, readCertificate } from './certificate-detail.ts'

export type CertificateRole = 'leaf' | 'intermediate' | 'root'

export interface CertificateRow {
  readonly entry: CertificateEntry
  /** Undefined for an identity without certificates: it is still asked for, or was refused. */
  readonly certificate?: Certificate
  readonly role?: CertificateRole
  readonly validity: Validity
  /** Read from the PEM when asked for; undefined where there is none or it cannot be read. */
  readonly detail: () => CertificateDetail | undefined
}

export type Validity = 'valid' | 'expired' | 'not-yet' | 'unknown'

/** The rows of one identity: leaf, intermediates, roots. The time of `now` decides what is valid. */
export const certificateRows = (entry: CertificateEntry, now: Date): readonly CertificateRow[] => {
  const { certChain, rootCerts } = entry
  if (certChain.length === 0) return [{ entry, validity: 'unknown', detail: () => undefined }]
  const row = (certificate: Certificate, role: CertificateRole): CertificateRow => ({
    entry,
    certificate,
    role,
    validity: validityOf(certificate, now),
    detail: () => readCertificate(certificate, role === 'leaf' ? entry : undefined),
  })
  const last = certChain.length - 1
  const roleAt = (index: number): CertificateRole => {
    if (index === 0) return 'leaf'
    return index === last && rootCerts.length === 0 ? 'root' : 'intermediate'
  }
  return [...certChain.map((one, index) => row(one, roleAt(index))), ...rootCerts.map(one => row(one, 'root'))]
}

export const validityOf = ({ validFrom, expirationTime }: Certificate, now: Date): Validity => {
  const [from, until] = [Date.parse(validFrom), Date.parse(expirationTime)]
  if (Number.isNaN(from) || Number.isNaN(until)) return 'unknown'
  if (now.getTime() <= from) return 'not-yet'
  return now.getTime() < until ? 'valid' : 'expired'
}

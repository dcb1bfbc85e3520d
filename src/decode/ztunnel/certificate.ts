import type { At } from '#decode/json/at.ts'
import type { Certificate, CertificateEntry } from '#model/ztunnel.ts'

/**
 * One identity and its chain. Up to 1.21 the leaf is `ca_cert` (so named) and the rest `cert_chain`;
 * `rootCerts` exist from 1.24.6, 1.25.3 and 1.26 (specs/ztunnel.md §3.3).
 */
export const readCertificateEntry = (at: At): CertificateEntry | undefined => {
  const identity = at.text('identity')
  if (identity === undefined)
    return at.has('identity') ? undefined : at.wrong('identity', 'a certificate with an identity')
  return {
    identity,
    state: readState(at),
    certChain: [...readChain(at, 'ca_cert'), ...readChain(at, 'certChain', 'cert_chain')],
    rootCerts: readChain(at, 'rootCerts', 'root_certs'),
    pointer: at.pointer,
    unread: at.unread(),
    damaged: at.damaged,
  }
}

/** `Unavailable` carries its reason in text since 1.18; a tagged form would be `{"Unavailable": reason}`. */
const readState = (at: At): string => {
  const value = at.members.state
  if (typeof value !== 'object' || value === null) return at.text('state') ?? ''
  at.skip('state')
  return Object.entries(value)
    .map(([state, reason]) => `${state}: ${typeof reason === 'string' ? reason : JSON.stringify(reason)}`)
    .join(', ')
}

const readChain = (at: At, name: string, older?: string): readonly Certificate[] =>
  at.objects(name, older).map(certificate => ({
    pem: decodePem(certificate.text('pem') ?? ''),
    serialNumber: certificate.text('serialNumber', 'serial_number') ?? '',
    validFrom: certificate.text('validFrom', 'valid_from') ?? '',
    expirationTime: certificate.text('expirationTime', 'expiration_time') ?? '',
  }))

/** Plain PEM in 1.19 and 1.20, base64 of it from 1.21 (specs/ztunnel-measured.md C20). */
const decodePem = (text: string): string =>
  text === '' || text.startsWith('-----BEGIN') ? text : Buffer.from(text, 'base64').toString('utf8')

import { X509Certificate } from 'node:crypto'
import { objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyDump, EnvoyJson, EnvoyResource } from '#model/envoy.ts'
import { type ResourceFacts, resourceFacts } from './resource.ts'

/** One certificate of a secret; private keys are never part of it. */
export interface SecretRow extends ResourceFacts {
  readonly name: string
  readonly status: string
  /** `undefined` where the secret holds no certificate that can be read. */
  readonly certificate: CertificateFacts | undefined
}

export interface CertificateFacts {
  readonly type: 'CA' | 'Cert Chain'
  /** Hexadecimal, at least 32 digits. */
  readonly serialNumber: string
  /** RFC 3339, in UTC. */
  readonly notBefore: string
  readonly notAfter: string
  readonly trustDomain: string
  /** URI names: SPIFFE identities. */
  readonly uris: readonly string[]
  readonly issuer: string
}

const order = ['warming', 'active', 'static', 'rejected'] as const

/** Warming secrets first, as istioctl lists them. */
export const secretRows = (dump: EnvoyDump): readonly SecretRow[] =>
  order.flatMap(state => dump.secrets.filter(secret => secret.state === state).flatMap(secret => rowsOf(dump, secret)))

export const isValidAt = ({ notBefore, notAfter }: CertificateFacts, now: Date): boolean =>
  new Date(notBefore) < now && now < new Date(notAfter)

const rowsOf = (dump: EnvoyDump, secret: EnvoyResource): readonly SecretRow[] =>
  certificatesOf(secret.config).map(({ pem, trustDomain }) => {
    const certificate = pem === undefined ? undefined : readCertificate(pem, trustDomain)
    return {
      ...resourceFacts(dump, secret),
      name: secret.name,
      status: secret.version === 'uninitialized' ? 'UNINITIALIZED' : secret.state.toUpperCase(),
      certificate,
      reason: listed([resourceFacts(dump, secret).reason, certificate === undefined ? withoutCertificate(secret) : '']),
    }
  })

const listed = (texts: readonly string[]): string => texts.filter(text => text !== '').join('; ')

const otherKinds: readonly (readonly [member: string, words: string])[] = [
  ['session_ticket_keys', 'session ticket keys'],
  ['generic_secret', 'a secret of another kind'],
]

const withoutCertificate = ({ config, state }: EnvoyResource): string => {
  const [, words] = otherKinds.find(([member]) => member in config) ?? []
  if (words !== undefined) return `holds ${words}, no certificate`
  return state === 'warming' ? 'nothing came yet' : 'holds no certificate'
}

interface Pem {
  readonly pem: string | undefined
  readonly trustDomain?: string
}

/** The own chain, else the trusted roots, else the roots of each federated trust domain. */
const certificatesOf = (secret: EnvoyJson): readonly Pem[] => {
  const chain = sourceText(objectAt(secret, 'tls_certificate', 'certificate_chain'))
  if (chain !== undefined) return [{ pem: chain }]
  const roots = sourceText(objectAt(secret, 'validation_context', 'trusted_ca'))
  if (roots !== undefined) return [{ pem: roots }]
  const domains = objectsAt(secret, 'validation_context', 'custom_validator_config', 'typed_config', 'trust_domains')
  if (domains.length === 0) return [{ pem: undefined }]
  return domains.map(domain => ({
    pem: sourceText(objectAt(domain, 'trust_bundle')),
    trustDomain: textAt(domain, 'name') ?? '',
  }))
}

const sourceText = (source: EnvoyJson | undefined): string | undefined => {
  const bytes = textAt(source, 'inline_bytes')
  return bytes === undefined ? textAt(source, 'inline_string') : Buffer.from(bytes, 'base64').toString('latin1')
}

const readCertificate = (pem: string, trustDomain: string | undefined): CertificateFacts | undefined => {
  const first = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(pem)?.[0]
  if (first === undefined) return undefined
  try {
    const certificate = new X509Certificate(first)
    const uris = uriNames(certificate.subjectAltName)
    return {
      type: certificate.ca ? 'CA' : 'Cert Chain',
      serialNumber: certificate.serialNumber.toLowerCase().padStart(32, '0'),
      notBefore: rfc3339(certificate.validFrom),
      notAfter: rfc3339(certificate.validTo),
      trustDomain: trustDomain ?? /^spiffe:\/\/([^/]+)/.exec(uris.at(-1) ?? '')?.[1] ?? '',
      uris,
      issuer: certificate.issuer.replaceAll('\n', ', '),
    }
  } catch {
    return undefined
  }
}

const uriNames = (names: string | undefined): readonly string[] =>
  (names ?? '')
    .split(', ')
    .filter(name => name.startsWith('URI:'))
    .map(name => name.slice('URI:'.length))

const rfc3339 = (date: string): string => new Date(date).toISOString().replace('.000Z', 'Z')

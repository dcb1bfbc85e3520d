import { X509Certificate } from 'node:crypto'
import type { Certificate, CertificateEntry } from '#model/ztunnel.ts'

/** What only the certificate itself tells. */
export interface CertificateDetail {
  /** `URI:spiffe://…`, several with commas. */
  readonly names: string
  readonly subject: string
  readonly issuer: string
  /** SHA-256, colon-separated. */
  readonly fingerprint: string
  readonly problems: readonly CertificateProblem[]
}

export type CertificateProblem =
  | { readonly code: 'name-differs'; readonly identity: string }
  /** The leaf was issued by none of the certificates beside it. */
  | { readonly code: 'issuer-absent'; readonly issuer: string }
  | { readonly code: 'bad-signature' }

/** `entry` is given for a leaf, which is held against the identity and the rest of the chain. */
export const readCertificate = (certificate: Certificate, entry?: CertificateEntry): CertificateDetail | undefined => {
  const x509 = parse(certificate.pem)
  if (x509 === undefined) return undefined
  return {
    names: x509.subjectAltName ?? '',
    subject: oneLine(x509.subject),
    issuer: oneLine(x509.issuer),
    fingerprint: x509.fingerprint256,
    problems: entry === undefined ? [] : leafProblems(x509, entry),
  }
}

/** SHA-256 fingerprints of all roots that identities are given, sorted; every ztunnel of a mesh should have the same. */
export const rootFingerprints = (entries: readonly CertificateEntry[]): readonly string[] => {
  const pems = new Set(entries.flatMap(({ rootCerts }) => rootCerts.map(({ pem }) => pem)))
  return [...new Set([...pems].flatMap(pem => parse(pem)?.fingerprint256 ?? []))].sort()
}

const leafProblems = (
  leaf: X509Certificate,
  { identity, certChain, rootCerts }: CertificateEntry,
): CertificateProblem[] => {
  const problems: CertificateProblem[] = []
  if (!(leaf.subjectAltName ?? '').split(', ').includes(`URI:${identity}`))
    problems.push({ code: 'name-differs', identity })
  const others = [...certChain.slice(1), ...rootCerts].flatMap(one => parse(one.pem) ?? [])
  const issuers = others.filter(other => leaf.checkIssued(other))
  if (issuers.length === 0 && others.length > 0) problems.push({ code: 'issuer-absent', issuer: oneLine(leaf.issuer) })
  if (issuers.length > 0 && !issuers.some(issuer => isSignedBy(leaf, issuer))) problems.push({ code: 'bad-signature' })
  return problems
}

const isSignedBy = (leaf: X509Certificate, issuer: X509Certificate): boolean => {
  try {
    return leaf.verify(issuer.publicKey)
  } catch {
    return false
  }
}

const parse = (pem: string): X509Certificate | undefined => {
  try {
    return pem === '' ? undefined : new X509Certificate(pem)
  } catch {
    return undefined
  }
}

const oneLine = (name: string | undefined): string => (name ?? '').replaceAll('\n', ', ')

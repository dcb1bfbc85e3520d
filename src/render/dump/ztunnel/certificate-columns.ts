import type { CertificateProblem } from '#dump/ztunnel/certificate-detail.ts'
import type { CertificateRole, CertificateRow } from '#dump/ztunnel/certificates.ts'
import { durationText } from '#render/duration-text.ts'
import type { Column } from '#render/list/column.ts'

const roles: Readonly<Record<CertificateRole, string>> = { leaf: 'Leaf', intermediate: 'Intermediate', root: 'Root' }

/** istioctl's columns. */
export const certificateColumns: readonly Column<CertificateRow>[] = [
  { key: 'certificate-name', header: 'CERTIFICATE NAME', text: ({ entry }) => entry.identity },
  { key: 'type', header: 'TYPE', text: ({ role }) => (role === undefined ? 'NA' : roles[role]) },
  { key: 'status', header: 'STATUS', text: ({ entry }) => statusText(entry.state) },
  { key: 'valid-cert', header: 'VALID CERT', text: ({ validity }) => `${validity === 'valid'}` },
  { key: 'serial-number', header: 'SERIAL NUMBER', text: row => serialText(row) },
  { key: 'not-after', header: 'NOT AFTER', text: ({ certificate }) => certificate?.expirationTime || 'NA' },
  { key: 'not-before', header: 'NOT BEFORE', text: ({ certificate }) => certificate?.validFrom || 'NA' },
]

/** The reason of a failure has a wide column of its own. */
const statusText = (state: string): string => (state.includes('Unavailable') ? 'Unavailable' : state)

/** Decimal in the dump, hexadecimal in tables and in openssl. */
const serialText = ({ certificate }: CertificateRow): string => {
  if (certificate === undefined) return 'NA'
  return /^\d{1,100}$/.test(certificate.serialNumber) ? BigInt(certificate.serialNumber).toString(16) : '<nil>'
}

export const wideCertificateColumns = (
  now: Date,
  nodeOf: ((row: CertificateRow) => string) | undefined,
): readonly Column<CertificateRow>[] => [
  ...certificateColumns,
  {
    key: 'expires',
    header: 'EXPIRES',
    wide: true,
    text: row => expiryText(row, now),
    order: row => expiryOf(row) ?? 0,
  },
  { key: 'reason', header: 'REASON', wide: true, text: reasonText },
  { key: 'sans', header: 'SUBJECT ALT NAMES', wide: true, text: row => detail(row, ({ names }) => names || '-') },
  { key: 'issuer', header: 'ISSUER', wide: true, text: row => detail(row, ({ issuer }) => issuer || '-') },
  { key: 'fingerprint', header: 'FINGERPRINT SHA256', wide: true, text: row => detail(row, one => one.fingerprint) },
  ...(nodeOf === undefined ? [] : [{ key: 'seen-by', header: 'SEEN BY', wide: true, text: nodeOf }]),
]

const expiryOf = ({ certificate }: CertificateRow): number | undefined => {
  const time = Date.parse(certificate?.expirationTime ?? '')
  return Number.isNaN(time) ? undefined : time
}

const expiryText = (row: CertificateRow, now: Date): string => {
  const expiry = expiryOf(row)
  if (expiry === undefined) return '-'
  const left = expiry - now.getTime()
  return left > 0 ? `in ${durationText(left)}` : `${durationText(left)} ago`
}

const reasonText = (row: CertificateRow): string => {
  const { entry, certificate, validity } = row
  if (certificate === undefined) {
    if (entry.state.includes('Initializing')) return 'asked for, not answered yet'
    return entry.state.replace(/^Unavailable:\s*/, '') || '-'
  }
  const problems = (row.detail()?.problems ?? []).map(problemText)
  if (validity === 'expired') problems.unshift('expired')
  if (validity === 'not-yet') problems.unshift('not valid yet')
  if (row.detail() === undefined) problems.push('its PEM cannot be read')
  return problems.join('; ') || '-'
}

const problemText = (problem: CertificateProblem): string => {
  switch (problem.code) {
    case 'name-differs':
      return `is not for ${problem.identity}`
    case 'issuer-absent':
      return `its issuer ${problem.issuer} is not beside it`
    case 'bad-signature':
      return 'its signature is not its issuer’s'
  }
}

const detail = (
  row: CertificateRow,
  text: (found: NonNullable<ReturnType<CertificateRow['detail']>>) => string,
): string => {
  const found = row.detail()
  return found === undefined ? '-' : text(found)
}

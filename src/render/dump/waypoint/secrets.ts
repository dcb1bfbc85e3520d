import type { BootstrapRow } from '#dump/waypoint/bootstrap.ts'
import type { EcdsRow } from '#dump/waypoint/ecds.ts'
import { isValidAt, type SecretRow } from '#dump/waypoint/secrets.ts'
import type { Column } from '#render/list/column.ts'
import { stateColumns } from './state.ts'

/** istioctl's columns; the trust domain is one of them only where every certificate has one. */
export const secretColumns = (rows: readonly SecretRow[], now: Date): readonly Column<SecretRow>[] => [
  { key: 'resource-name', header: 'RESOURCE NAME', text: ({ name }) => name },
  { key: 'type', header: 'TYPE', text: ({ certificate }) => certificate?.type ?? '' },
  { key: 'status', header: 'STATUS', text: ({ status }) => status },
  {
    key: 'valid-cert',
    header: 'VALID CERT',
    text: ({ certificate }) => `${certificate !== undefined && isValidAt(certificate, now)}`,
  },
  { key: 'serial-number', header: 'SERIAL NUMBER', text: ({ certificate }) => certificate?.serialNumber ?? '' },
  { key: 'not-after', header: 'NOT AFTER', text: ({ certificate }) => certificate?.notAfter ?? '' },
  { key: 'not-before', header: 'NOT BEFORE', text: ({ certificate }) => certificate?.notBefore ?? '' },
  {
    key: 'trust-domain',
    header: 'TRUST DOMAIN',
    text: ({ certificate }) => certificate?.trustDomain ?? '',
    wide: !rows.every(({ certificate }) => (certificate?.trustDomain ?? '') !== ''),
  },
  { key: 'identity', header: 'IDENTITY', text: ({ certificate }) => certificate?.uris.join(',') ?? '', wide: true },
  { key: 'issuer', header: 'ISSUER', text: ({ certificate }) => certificate?.issuer ?? '', wide: true },
  ...stateColumns,
]

export const bootstrapColumns: readonly Column<BootstrapRow>[] = [
  { key: 'fact', header: 'FACT', text: ({ fact }) => `${fact}:` },
  { key: 'value', header: 'VALUE', text: ({ value }) => value },
]

export const ecdsColumns: readonly Column<EcdsRow>[] = [
  { key: 'name', header: 'ECDS NAME', text: ({ name }) => name },
  { key: 'type', header: 'TYPE', text: ({ type }) => type },
  { key: 'does', header: 'DOES', text: ({ does }) => does, wide: true },
  ...stateColumns,
]

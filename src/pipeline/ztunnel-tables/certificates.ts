import { eachRecord, type ZtunnelSource } from '#decode/ztunnel/source.ts'
import { type CertificateRow, certificateRows } from '#dump/ztunnel/certificates.ts'
import { certificateColumns, wideCertificateColumns } from '#render/dump/ztunnel/certificate-columns.ts'
import { anyList } from '#render/list/any-list.ts'
import { holderLabel, type ZtunnelTable } from './table.ts'

/** istioctl leaves five spaces between the columns of this table. */
const gap = 5

/** Each ztunnel has certificates of its own: several dumps are shown one after the other. */
export const certificates: ZtunnelTable = {
  kind: 'certificate',
  columns: certificateColumns,
  isWanted: () => undefined,
  list: async ({ sources, detail, now }) => {
    const holders = new Map<CertificateRow, ZtunnelSource>()
    for (const source of sources)
      await eachRecord(source, 'certificate', entry => {
        for (const row of certificateRows(entry, now)) holders.set(row, source)
      })
    return anyList({
      columns: detail === 'default' ? certificateColumns : wideCertificateColumns(now, holderLabel(sources, holders)),
      rows: [...holders.keys()],
      name: ({ entry }) => `certificate/${entry.identity}`,
      gap,
    })
  },
}

import type { ZtunnelDump } from '#model/ztunnel.ts'
import type { CounterExample } from '../result.ts'
import type { Invariant } from './scope.ts'

const code = 'divergence-free'

/** All ztunnels hold the same workloads, services and policies. */
export const divergenceFree: Invariant = (world, { namespace }) => {
  const [first, ...others] = world.mesh.ztunnels
  if (first === undefined || others.length === 0)
    return {
      tried: world.mesh.ztunnels.length,
      contradicted: [],
      open: [{ code, object: '', says: 'two ztunnel dumps are needed to compare' }],
      notes: [],
      traces: [],
    }
  const reference = recordsOf(first, namespace)
  const contradicted = others.flatMap(dump => differences(first.file, reference, dump.file, recordsOf(dump, namespace)))
  const unread = (world.mesh.unread ?? []).filter(({ kind }) => kind === 'ztunnel')
  const says = `${unread.length} ztunnel dumps were not compared: dump ztunnel compares any number`
  const open = unread.length > 0 ? [{ code, object: '', says }] : []
  return { tried: reference.size, contradicted, open, notes: [], traces: [] }
}

const recordsOf = (dump: ZtunnelDump, namespace: string | undefined): ReadonlyMap<string, string> => {
  const own = <T extends { readonly namespace: string }>(records: readonly T[]): readonly T[] =>
    records.filter(record => namespace === undefined || record.namespace === namespace)
  return new Map([
    ...own(dump.workloads).map(record => [`workload ${record.namespace}/${record.name}`, textOf(record)] as const),
    ...own(dump.services).map(record => [`service ${record.namespace}/${record.hostname}`, textOf(record)] as const),
    ...own(dump.policies).map(record => [`policy ${record.namespace}/${record.name}`, textOf(record)] as const),
  ])
}

/** The record without where it stands in its dump; lists whose order means nothing are sorted. */
const textOf = (record: object): string =>
  JSON.stringify({ ...record, pointer: '' }, (key, value: unknown) => {
    if (value instanceof Map) return [...value].sort(([a], [b]) => Number(a) - Number(b))
    return key === 'endpoints' && Array.isArray(value) ? value.map(one => textOf(one)).sort() : value
  })

const differences = (
  file: string,
  reference: ReadonlyMap<string, string>,
  otherFile: string,
  other: ReadonlyMap<string, string>,
): readonly CounterExample[] =>
  [...new Set([...reference.keys(), ...other.keys()])].flatMap(key => {
    const [a, b] = [reference.get(key), other.get(key)]
    if (a === b) return []
    const says =
      a === undefined
        ? `only in ${otherFile}`
        : b === undefined
          ? `only in ${file}`
          : `differs between ${file} and ${otherFile}`
    return [{ code, object: key.slice(key.indexOf(' ') + 1), says: `${key} ${says}` }]
  })

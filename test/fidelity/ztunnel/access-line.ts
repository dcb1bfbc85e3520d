import type { Workload } from '#model/ztunnel.ts'
import { socketText } from '#reason/address.ts'
import type { OutboundResult } from '#ztunnel/forward.ts'
import type { InboundResult } from '#ztunnel/inbound.ts'
import { identityOf } from '#ztunnel/source.ts'

/**
 * What an access line says about who spoke to whom, and the error when ztunnel refused by itself (specs/ztunnel.md §8.1).
 * A prediction that lacks something has only `missing`.
 */
export type AccessLine = Readonly<Record<string, string>>

/** An access line of the plain or the JSON format; undefined when it is another line. */
export const parseAccessLine = (line: string): AccessLine | undefined => {
  if (line.startsWith('{')) return parseJsonLine(line)
  const [, level, scope, message, fields] = line.split('\t')
  if (scope !== 'access' || level === undefined || message === undefined || fields === undefined) return undefined
  const pairs = [...fields.matchAll(/([\w.]+)=("(?:[^"\\]|\\.)*"|\S+)/g)].map(([, key = '', value = '']) => [
    key,
    value.startsWith('"') ? (JSON.parse(value) as string) : value,
  ])
  return { message, ...Object.fromEntries(pairs) }
}

const parseJsonLine = (line: string): AccessLine | undefined => {
  const { scope, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>>
  if (scope !== 'access') return undefined
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, String(value)]))
}

export const outboundLine = (source: Workload | undefined, dialled: string, result: OutboundResult): AccessLine => {
  if (result.kind === 'undetermined') return { missing: result.missing }
  if (result.kind === 'refused') return { message: 'connection failed', 'dst.addr': dialled, error: result.text }
  const { authority, destinationWorkload, destinationService, nextHop, protocol } = result
  const isTunnel = protocol !== 'TCP'
  return {
    message: 'connection complete',
    ...ends(source, destinationWorkload, isTunnel ? source && identityOf(source) : undefined, isTunnel),
    'dst.addr': socketText(nextHop.ip, nextHop.port),
    ...(authority === undefined ? {} : { 'dst.hbone_addr': authority }),
    ...(destinationService === undefined ? {} : { 'dst.service': destinationService.hostname }),
  }
}

export const inboundLine = (
  result: InboundResult,
  peer: { readonly workload: Workload | undefined; readonly identity: string | undefined },
  addresses: { readonly dst: string; readonly authority: string | undefined },
  service: string | undefined,
): AccessLine => {
  if (result.kind === 'undetermined') return { missing: result.missing }
  if (result.kind === 'hairpin') return { message: result.kind }
  const workload = result.kind === 'admitted' ? result.workload : result.target?.workload
  const early = result.kind === 'refused' && result.rbac === undefined
  if (early) return { message: 'connection failed', 'dst.addr': addresses.dst, error: result.text }
  return {
    message: 'connection complete',
    ...ends(peer.workload, workload, peer.identity, peer.identity !== undefined),
    'dst.addr': addresses.dst,
    ...(addresses.authority === undefined ? {} : { 'dst.hbone_addr': addresses.authority }),
    ...(service === undefined ? {} : { 'dst.service': service }),
    ...(result.kind === 'refused' ? { error: result.text } : {}),
  }
}

const ends = (
  source: Workload | undefined,
  destination: Workload | undefined,
  identity: string | undefined,
  isTunnel: boolean,
): AccessLine => ({
  ...(source === undefined ? {} : { 'src.workload': source.name, 'src.namespace': source.namespace }),
  ...(identity === undefined ? {} : { 'src.identity': identity }),
  ...(destination === undefined
    ? {}
    : {
        'dst.workload': destination.name,
        'dst.namespace': destination.namespace,
        ...(isTunnel ? { 'dst.identity': identityOf(destination) } : {}),
      }),
})

/** Fields that a prediction can have; a failed connection after the decision leaves the same line with an error. */
export const comparable = (line: AccessLine, refusesItself: boolean): string =>
  [
    'message',
    'src.workload',
    'src.namespace',
    'src.identity',
    'dst.addr',
    'dst.hbone_addr',
    'dst.service',
    'dst.workload',
    'dst.namespace',
    'dst.identity',
    ...(refusesItself ? ['error'] : []),
  ]
    .flatMap(field => (line[field] === undefined ? [] : [`${field}=${line[field]}`]))
    .join(' ')

import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { constants, gunzipSync } from 'node:zlib'
import { decodeZtunnel } from '#decode/ztunnel/dump.ts'
import type { ZtunnelDump } from '#model/ztunnel.ts'
import type { Disagreement, Suite, Tally } from './suite.ts'

type Json = Readonly<Record<string, unknown>>

/** Recorded dumps and fuzz shards; a dump agrees when all of it is read, nothing is damaged and the release is right. */
export const ztunnelDecode: Suite = {
  engine: 'ztunnel-decode',

  find: root => [...new Set([...walk(root, 0)].filter(isDump).map(file => folderOf(root, file)))].sort(),

  async replay(folder, disagree) {
    let [agreed, total] = [0, 0]
    for (const { where, dump, release } of dumpsIn(folder)) {
      total++
      const differences = compare(dump, decodeZtunnel(dump, where), release)
      if (differences.length === 0) agreed++
      for (const [recorded, predicted] of differences) disagree({ where, recorded, predicted } satisfies Disagreement)
    }
    const tally: Tally = { engine: 'ztunnel-decode', folder, agreed, disagreed: total - agreed, undetermined: 0, total }
    return tally
  },
}

function* walk(folder: string, depth: number): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && depth < 4) yield* walk(path, depth + 1)
    else if (entry.isFile()) yield path
  }
}

const isShard = (file: string): boolean =>
  /^\d{4}\.json\.gz$/.test(basename(file)) && hasHead(file, /^\[\s*\{"config_dump"/)

const isDump = (file: string): boolean =>
  isShard(file) || (/^(ztunnel-)?config_dump(-\w+)?\.json(\.gz)?$/.test(basename(file)) && !hasHead(file, /"configs"/))

/** Looks at the beginning alone: a shard unpacks to many megabytes. */
const hasHead = (file: string, pattern: RegExp): boolean => {
  const head = Buffer.alloc(2048)
  const handle = openSync(file, 'r')
  const length = readSync(handle, head)
  closeSync(handle)
  const bytes = head.subarray(0, length)
  const plain = file.endsWith('.gz') ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }) : bytes
  return pattern.test(plain.toString('utf8').slice(0, 300))
}

const textOf = (file: string): string => {
  const bytes = readFileSync(file)
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}

/** Shards and large dumps lie in a folder of their release, a dump in a folder of its case: those are told together. */
const folderOf = (root: string, file: string): string => {
  const folder = dirname(file)
  return isShard(file) || folder === root || file.endsWith('.gz') ? folder : dirname(folder)
}

interface Recorded {
  readonly where: string
  readonly dump: Json
  /** `1.30.3`, or `1.30` of a recorded mesh; the dump itself may not tell it. */
  readonly release: string | undefined
}

function* dumpsIn(folder: string): Generator<Recorded> {
  for (const file of [...walk(folder, 3)].filter(isDump)) {
    const parsed: unknown = JSON.parse(textOf(file))
    if (!Array.isArray(parsed)) yield { where: file, dump: parsed as Json, release: releaseIn(file) }
    else
      for (const state of parsed as readonly { config_dump: Json; seed: number; ztunnel_version: string }[])
        yield { where: `${file} seed ${state.seed}`, dump: state.config_dump, release: state.ztunnel_version }
  }
}

const releaseIn = (file: string): string | undefined => /(?:^|[/-])(1\.\d+(?:\.\d+)?)(?=\/)/.exec(file)?.[1]

type Difference = readonly [recorded: string, predicted: string]

const compare = (dump: Json, read: ZtunnelDump, release: string | undefined): readonly Difference[] => {
  const expected = countsOf(dump)
  const found = {
    workloads: read.workloads.length,
    services: read.services.length,
    policies: read.policies.length,
    certificates: read.certificates.length,
    pods: read.pods?.length ?? 0,
  }
  const counts =
    JSON.stringify(expected) === JSON.stringify(found)
      ? []
      : [[JSON.stringify(expected), JSON.stringify(found)] as const]
  const issues = read.issues.map(
    issue => ['no issue', `${issue.at}: expected ${issue.expected}, found ${issue.found}`] as const,
  )
  return [...counts, ...issues, ...unread(read), ...versionDifference(read, release)]
}

const unread = (read: ZtunnelDump): readonly Difference[] => {
  const records = [...read.workloads, ...read.services, ...read.policies, ...read.certificates, ...(read.pods ?? [])]
  const odd = records.filter(record => record.unread !== undefined || record.damaged === true)
  const matches = read.policies.flatMap(policy => policy.rules.flat(2)).filter(match => match.unread !== undefined)
  const names = [...Object.keys(read.unread), ...read.missing.filter(kind => kind !== 'certificates')]
  return [
    ...odd.map(record => ['all members read', `${record.pointer}: ${JSON.stringify(record.unread)}`] as const),
    ...matches.map(match => ['all members of a match read', JSON.stringify(match.unread)] as const),
    ...names.map(name => ['all top-level members read', name] as const),
  ]
}

const versionDifference = ({ version }: ZtunnelDump, release: string | undefined): readonly Difference[] => {
  const minor = Number(release?.split('.')[1])
  if (Number.isNaN(minor)) return []
  const [oldest, newest] = version.range
  return minor >= oldest && minor <= newest
    ? []
    : [[`release ${release}`, `1.${oldest} to 1.${newest} by ${version.from}`]]
}

const size = (value: unknown): number => Object.keys(Object(value)).length
const distinct = (values: readonly unknown[], key: (record: Json) => unknown): number =>
  new Set(values.map(value => key(value as Json))).size

/** How many records a dump holds, told without the decoder. */
const countsOf = (dump: Json) => {
  const byUid = dump.by_uid !== undefined
  const onlyVips = dump.vips !== undefined
  const services = [dump.by_host, dump.servicesByHostname, dump.services].find(list => list !== undefined)
  return {
    workloads: distinct(
      Object.values(Object(byUid ? dump.by_uid : dump.workloads)),
      workload => workload.uid ?? workload.workloadIp,
    ),
    services: onlyVips
      ? new Set(Object.keys(Object(dump.vips)).map(socket => socket.replace(/:\d+$/, ''))).size
      : distinct(Object.values(Object(services)).flat(), service => `${service.namespace}/${service.hostname}`),
    policies: size(dump.by_key ?? dump.policies),
    certificates: size(dump.certificates),
    pods: size(dump.workloadState),
  }
}

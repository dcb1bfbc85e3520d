import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { decodeSnapshot } from '#decode/snapshot.ts'
import { UserError } from '#errors.ts'
import { dumpWaypoint } from '#pipeline/dump-waypoint.ts'
import { waypointRenderers } from '#render/dump/waypoint/index.ts'
import { decideWaypoint } from '#waypoint/decide.ts'
import { indexWaypoint } from '#waypoint/lookup.ts'
import { type InnerTraffic, spiffePeer } from '#waypoint/request.ts'
import { Random } from '../support/random.ts'
import { textFile } from '../support/text-file.ts'
import { mutate, mutateValues } from './mutations.ts'

const present = { at: new Date('2026-01-01T00:00:00Z'), from: 'asked' } as const
const unsafe = /[\p{Cc}\p{Cs}\p{Bidi_Control}]/u
const formats = ['text', 'wide', 'csv', 'name', 'json', 'yaml', 'ndjson'] as const
const tables = [
  undefined,
  'all',
  'services',
  'bootstrap',
  'listeners',
  'chains',
  'filters',
  'routes',
  'clusters',
  'endpoints',
  'eds',
  'policies',
  'secrets',
  'ecds',
] as const
/** Configurations of Envoy are deep: a header of a route lies 25 levels down. */
const depth = 30

/** Recorded dumps of waypoints of several makes; what a bootstrap says of Envoy's build is only bulk. */
export const recordedWaypoints = (): readonly string[] => [
  ...readdirSync('fixtures/dump/waypoint')
    .filter(name => name.endsWith('config_dump.json.gz'))
    .map(name => compact(gunzipSync(readFileSync(`fixtures/dump/waypoint/${name}`)).toString())),
  ...readdirSync('fixtures/recorded/envoy-fuzz')
    .filter(name => name.endsWith('0.json.gz'))
    .map(name => JSON.parse(gunzipSync(readFileSync(`fixtures/recorded/envoy-fuzz/${name}`)).toString()))
    .map(({ config_dump }) => compact(JSON.stringify(config_dump))),
]

/** The other answers of an admin port, which may lie beside a dump. */
const answers = ['clusters', 'listeners', 'server_info'] as const
const recordedAnswer = (name: (typeof answers)[number]): string =>
  compact(gunzipSync(readFileSync(`fixtures/dump/waypoint/states.${name}.json.gz`)).toString())

const bulk = new Set(['extensions', 'command_line_options'])
const compact = (text: string): string =>
  JSON.stringify(
    JSON.parse(text, (name, value) => (bulk.has(name) ? undefined : value)),
    undefined,
    1,
  )

export type WaypointOutcome = 'printed' | 'refused'

/**
 * Prints a table of one damaged dump, with damaged answers beside it or without, and asks for decisions. Throws when one crashes or lets control characters out; an
 * error for the user is an answer.
 */
export const runWaypointCase = async (
  dumps: readonly string[],
  seed: number,
  folder: string,
): Promise<WaypointOutcome> => {
  const random = new Random(seed)
  const text = damaged(random, random.pick(dumps))
  writeFileSync(join(folder, 'wp.config_dump.json'), text)
  const files = ['wp.config_dump.json']
  for (const name of answers.filter(() => random.chance(0.2))) {
    writeFileSync(join(folder, `wp.${name}.json`), damaged(random, recordedAnswer(name)))
    files.push(`wp.${name}.json`)
  }
  const paths = files.map(file => join(folder, file))
  const printed = await refusable(() => print(random, paths))
  await refusable(() => decide(random, text))
  if (Object.hasOwn(Object.prototype, 'polluted')) throw new Error('changed Object.prototype')
  return printed === undefined ? 'refused' : 'printed'
}

/** Most stay JSON, which a table can be made of. */
const damaged = (random: Random, text: string): string =>
  random.chance(0.8) ? mutateValues(random, text, depth) : mutate(random, text, depth)

const refusable = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await work()
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

const print = async (random: Random, paths: readonly string[]): Promise<number> => {
  const state = { kind: 'files', paths } as const
  const view = await dumpWaypoint({ state, table: random.pick(tables), wish: {}, choice: {}, present })
  const look = { colour: false, width: random.pick([80, 120, Number.POSITIVE_INFINITY]) }
  let lines = 0
  for (const line of waypointRenderers[random.pick(formats)](view, look))
    for (const one of line.split('\n')) {
      if (unsafe.test(one)) throw new Error(`lets control characters out: ${JSON.stringify(one)}`)
      lines++
    }
  return lines
}

const inner: readonly InnerTraffic[] = [
  { kind: 'http', version: '1.1', method: 'GET', authority: 'reviews', path: '/a?b=c', headers: [['x-a', '1']] },
  { kind: 'http', version: '2', method: 'POST', authority: 'reviews', path: '/retry', headers: [] },
  { kind: 'bytes', data: 'hello' },
]

/** Decisions for ports that the recordings have. */
const decide = async (random: Random, text: string): Promise<void> => {
  const mesh = await decodeSnapshot([textFile('config_dump.json', text, true)])
  for (const dump of mesh.waypoints)
    for (const authority of ['10.96.1.2:9080', '10.96.1.3:9080', '10.96.1.9:5432', '10.244.8.11:80'])
      decideWaypoint(indexWaypoint(dump), {
        sourceIp: '10.244.9.9',
        peer: spiffePeer('spiffe://cluster.local/ns/default/sa/curl'),
        traffic: { kind: 'connect', authority, headers: [], inner: random.pick(inner) },
      })
}

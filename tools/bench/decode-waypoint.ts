import { createReadStream } from 'node:fs'
import { decodeEnvoy } from '#decode/envoy/dump.ts'
import { decodeLarge } from '#decode/large.ts'
import { indexWaypoint } from '#waypoint/lookup.ts'

/** Decodes one dump whole, as `trace` and `check` do, for a process whose memory is measured. */
const [file = ''] = process.argv.slice(2)
const large = await decodeLarge(createReadStream(file, { highWaterMark: 1 << 20 }), file)
if (large.kind !== 'value') throw new Error('no dump of an Envoy')
const { dump } = indexWaypoint(decodeEnvoy({ configDump: large.value }, file))
if (dump.listeners.length + dump.clusters.length + dump.routes.length + (dump.endpoints?.length ?? 0) === 0)
  throw new Error('nothing was decoded')
process.stdout.write(
  JSON.stringify({ seconds: performance.now() / 1000, mebibytes: process.resourceUsage().maxRSS / 1024 }),
)

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { decodeZtunnel } from '#decode/ztunnel/dump.ts'
import type { ZtunnelDump } from '#model/ztunnel.ts'
import { socketText } from '#reason/address.ts'
import { decideAuthorization } from '#ztunnel/authorize.ts'
import { type Behaviour, behaviourOf } from '#ztunnel/behaviour.ts'
import type { OutboundResult } from '#ztunnel/forward.ts'
import { decideOutbound } from '#ztunnel/outbound.ts'
import { indexZtunnel, type ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import type { Disagreement, Suite, Tally } from './suite.ts'
import { asPrintedBy } from './ztunnel/as-printed-by.ts'
import { foldersBelow } from './ztunnel/recording.ts'

/**
 * One and the same mesh, dumped by many releases. What a release's dump gives under that release's behaviour must be what
 * the newest dump gives under the same behaviour: then only `behaviour` makes releases differ.
 */
export const ztunnelEras: Suite = {
  engine: 'ztunnel-eras',
  find: root => foldersBelow(root).filter(folder => releasesIn(folder).length > 1),
  replay: async (folder, disagree) => {
    const releases = releasesIn(folder)
    const newest = releases.at(-1)
    if (newest === undefined) return []
    const reference = readDump(newest)
    const today = behaviourOf(reference.version)
    return releases.map(release => compare(release, reference, today, disagree))
  },
}

const releasesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && /^1\.\d+/.test(entry.name))
    .map(entry => join(folder, entry.name))
    .filter(release => existsSync(join(release, 'config_dump.json')))
    .sort((a, b) => minorOf(a) - minorOf(b))

const minorOf = (release: string): number => Number(basename(release).split('.')[1])

const readDump = (release: string): ZtunnelDump => {
  const file = join(release, 'config_dump.json')
  return decodeZtunnel(JSON.parse(readFileSync(file, 'utf8')), file)
}

const compare = (
  release: string,
  reference: ZtunnelDump,
  today: Behaviour,
  disagree: (found: Disagreement) => void,
): Tally => {
  const dump = readDump(release)
  const behaviour = behaviourOf(dump.version)
  const knows = dump.era === 'E1' ? coarse : fine
  const own = answers(indexZtunnel(dump, behaviour), knows)
  const older = asPrintedBy(reference, dump.version.minor)
  const same = answers(indexZtunnel({ ...older, config: dump.config }, behaviour), knows)
  const now = answers(indexZtunnel({ ...older, config: dump.config }, today), knows)
  const asked = [...own].filter(([question]) => same.has(question))
  const differing = asked.filter(([question, answer]) => same.get(question) !== answer)
  for (const [question, answer] of differing)
    disagree({ where: `${release}: ${question}`, recorded: answer, predicted: same.get(question) ?? '' })
  const unlike = asked.filter(([question, answer]) => now.get(question) !== answer).length
  const disagreed = differing.length
  return {
    engine: 'ztunnel-eras',
    folder: release,
    agreed: asked.length - disagreed,
    disagreed,
    undetermined: 0,
    total: asked.length,
    notes: unlike === 0 ? [] : [`${unlike} answers would be others under the behaviour of ${today.label}`],
  }
}

type Facts = (result: OutboundResult) => string

const coarse: Facts = result => {
  if (result.kind !== 'forward') return result.kind === 'refused' ? result.code : result.missing
  return [result.protocol, socketText(result.nextHop.ip, result.nextHop.port), result.authority].join(' ')
}

const fine: Facts = result => {
  if (result.kind !== 'forward') return result.kind === 'refused' ? result.text : coarse(result)
  const { destinationWorkload, destinationService, upstreamSans, finalSans } = result
  return [coarse(result), upstreamSans, finalSans, destinationWorkload?.uid, destinationService?.hostname].join(' ')
}

const callers = [
  { name: 'client-7c9f', namespace: 'web', serviceAccount: 'web', ip: '10.244.1.10' },
  { name: 'cart-5d8b', namespace: 'shop', serviceAccount: 'cart', ip: '10.244.1.20' },
  { name: 'wp-1', namespace: 'shop', serviceAccount: 'wp', ip: '10.244.1.25' },
]

/** Every call of three pods to every address of the mesh, and every pod's answer to a few peers. */
const answers = (index: ZtunnelIndex, facts: Facts): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  const dialled = [
    ...index.dump.workloads.flatMap(({ workloadIps }) => workloadIps),
    ...index.dump.services.flatMap(({ vips }) => vips.map(({ ip }) => ip)),
    '8.8.8.8',
  ]
  for (const source of callers)
    for (const ip of new Set(dialled))
      for (const port of [80, 443, 8080, 9999]) {
        const { outcomes } = decideOutbound(index, { source, destination: { ip, port } })
        const results = outcomes.map(({ result }) => facts(result)).sort()
        found.set(`${source.name} calls ${socketText(ip, port)}`, results.join(' or '))
      }
  for (const { name, namespace, serviceAccount, workloadIps, node } of index.dump.workloads)
    for (const identity of [undefined, 'spiffe://cluster.local/ns/ops/sa/ops', 'spiffe://cluster.local/ns/web/sa/web'])
      for (const port of [8080, 9999]) {
        const [ip] = workloadIps
        if (ip === undefined || node !== 'node-a') continue
        const { outcomes } = decideAuthorization(
          index,
          { name, namespace, serviceAccount },
          { src: '10.244.1.10', dst: { ip, port }, identity },
        )
        const results = outcomes.map(({ result }) => (result.kind === 'refused' ? result.code : result.kind)).sort()
        found.set(`${identity ?? 'plaintext'} to ${ip}:${port}`, results.join(' or '))
      }
  return found
}

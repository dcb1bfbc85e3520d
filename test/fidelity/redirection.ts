import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { evaluate } from '#redirection/evaluate.ts'
import type { Packet } from '#redirection/packet.ts'
import type { Topology } from '#redirection/topology.ts'
import { predicted, recorded, type Vector } from './redirection/compare.ts'
import { topologyOf } from './redirection/topology.ts'
import type { Suite } from './suite.ts'

/** Rule sets that a folder of kept-apart packets may lean on. */
const ownRecordings = 'fixtures/recorded/redirection'

export const redirectionPackets: Suite = {
  engine: 'redirection-packets',
  find: root =>
    [
      root,
      ...readdirSync(root, { withFileTypes: true })
        .filter(entry => entry.isDirectory())
        .map(({ name }) => join(root, name)),
    ].filter(holdsVectors),
  replay: (folder, disagree) => Promise.resolve(replay(folder, disagree)),
}

const holdsVectors = (folder: string): boolean => {
  const file = join(folder, 'vectors.json')
  return existsSync(file) && readFileSync(file, 'utf8').includes('"arrived_at"')
}

const replay: (folder: string, disagree: Parameters<Suite['replay']>[1]) => Awaited<ReturnType<Suite['replay']>> = (
  folder,
  disagree,
) => {
  const { vectors } = JSON.parse(readFileSync(join(folder, 'vectors.json'), 'utf8')) as {
    readonly vectors: readonly Vector[]
  }
  const tally = { agreed: 0, disagreed: 0, undetermined: 0 }
  const topologies = new Map<string, Topology | undefined>()
  for (const vector of vectors) {
    const key = `${vector.capture} ${/-without-ip-rule$|-noflag$/.exec(vector.case)?.[0] ?? ''}`
    if (!topologies.has(key)) topologies.set(key, topologyOf([folder, ownRecordings], vector.capture, vector.case))
    const topology = topologies.get(key)
    const saw = recorded(vector)
    const said = topology === undefined ? undefined : predicted(evaluate(topology, packetOf(vector)), vector)
    if (said === saw) tally.agreed++
    else {
      tally[said === undefined ? 'undetermined' : 'disagreed']++
      disagree({
        where: `#${vector.id} ${vector.capture} ${vector.case}`,
        recorded: saw,
        predicted: said ?? 'undetermined',
      })
    }
  }
  return { engine: redirectionPackets.engine, folder, ...tally, total: vectors.length }
}

const packetOf = ({ packet, netns, client_local, case: name }: Vector): Packet => {
  const sourcePort = Number(client_local?.split(':').at(-1) ?? 40000)
  return {
    protocol: packet.proto,
    destination: packet.dst,
    ...(packet.port === undefined ? {} : { port: packet.port }),
    ...(packet.src === undefined ? {} : { source: packet.src }),
    sourcePort,
    origin: {
      kind: 'local',
      netns,
      uid: packet.uid ?? 0,
      gid: 0,
      ...(packet.mark === undefined ? {} : { mark: packet.mark }),
    },
    ...(name === '' ? {} : {}),
  }
}

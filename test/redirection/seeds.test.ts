import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compare } from '../live/redirection/compare.ts'
import type { Played } from '../live/redirection/kernel-case.ts'
import type { Sent } from '../live/redirection/sockets.ts'
import { topologyFrom } from '../live/redirection/topology.ts'

const folder = 'fixtures/redirection/seeds'

test.each(readdirSync(folder))('what a real kernel did in %s is predicted again', name => {
  const kept = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as Played & { readonly packets: readonly Sent[] }
  const topology = topologyFrom(kept.recordings)
  for (const [index, packet] of kept.packets.entries()) {
    const seen = kept.seen[index]
    if (seen === undefined) continue
    const { verdict, kernel, evaluator } = compare(topology, packet, seen)
    expect({ packet, verdict, evaluator }).toEqual({ packet, verdict: 'agreed', evaluator: kernel })
  }
})

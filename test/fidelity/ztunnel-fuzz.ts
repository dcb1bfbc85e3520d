import { basename } from 'node:path'
import { decodeZtunnel } from '#decode/ztunnel/dump.ts'
import { indexZtunnel } from '#ztunnel/ztunnel-index.ts'
import type { Suite } from './suite.ts'
import { judgeDns } from './ztunnel/dns.ts'
import { judgeInbound, judgePlaintext, judgeRbac } from './ztunnel/inbound.ts'
import { TallyUp } from './ztunnel/judge.ts'
import { judgeOutbound } from './ztunnel/outbound.ts'
import { foldersBelow, holdsRecordings, questionsAmong, readShard, shardsOf } from './ztunnel/recording.ts'

/** Decisions of real ztunnels on random meshes, one tally for each kind of decision. */
export const ztunnelFuzz: Suite = {
  engine: 'ztunnel-fuzz',
  find: root => foldersBelow(root).filter(holdsRecordings),
  replay: async (folder, disagree) => {
    const tallies = {
      outbound: new TallyUp('ztunnel-outbound', folder, disagree),
      rbac: new TallyUp('ztunnel-rbac', folder, disagree),
      inbound: new TallyUp('ztunnel-inbound', folder, disagree),
      plaintext: new TallyUp('ztunnel-plaintext', folder, disagree),
      dns: new TallyUp('ztunnel-dns', folder, disagree),
    }
    let version = { release: '', minor: 0 }
    for (const shard of shardsOf(folder)) {
      for (const state of readShard(shard)) {
        const where = `${basename(shard)} seed ${state.seed}`
        const index = indexZtunnel(decodeZtunnel(state.config_dump, where))
        version = { release: state.ztunnel_version, minor: index.dump.version.minor }
        for (const { rows, whole } of questionsAmong(state.outbound)) {
          for (const call of rows) tallies.outbound.count(judgeOutbound(index, state, call, where))
          tallies.outbound.measure(judgeOutbound(index, state, whole, where), rows.length)
        }
        for (const row of state.rbac) tallies.rbac.add(judgeRbac(index, row, where))
        for (const row of state.inbound ?? []) tallies.inbound.add(judgeInbound(index, row, where))
        for (const row of state.plaintext) tallies.plaintext.add(judgePlaintext(index, row, where))
        for (const row of state.dns ?? []) tallies.dns.add(judgeDns(index, state, row, where))
      }
    }
    const outboundWidth = { ...version, width: tallies.outbound.width }
    return Object.values(tallies).flatMap(up =>
      up.tally().map(tally => (up === tallies.outbound ? { ...tally, outboundWidth } : tally)),
    )
  },
}

import { answerDns } from '#ztunnel/dns/answer.ts'
import { dnsWay } from './capture.ts'
import type { AskProxy } from './names.ts'
import type { Pod, World } from './world.ts'
import { cite } from './ztunnel-steps.ts'

/** ztunnel's DNS proxy as that pod's resolver, where its DNS is captured (specs/ztunnel.md §7.3). */
export const proxyOf = (world: World, pod: Pod): AskProxy | undefined => {
  const ztunnel = world.ztunnelOn(pod.node)
  if (ztunnel === undefined || dnsWay(world, pod).to !== 'ztunnel') return undefined
  const { index } = ztunnel
  return (name, family) => {
    const [{ result }] = answerDns(index, { pod, name, type: family === 4 ? 'A' : 'AAAA' }).outcomes
    switch (result.kind) {
      case 'refused':
        return { kind: 'failed', error: result.text }
      case 'forwarded':
        return { kind: 'forwarded' }
      case 'not-read':
        return { kind: 'not-read', service: `${result.service.namespace}/${result.service.hostname}` }
      case 'answered':
        return {
          kind: 'answered',
          addresses: result.records.flatMap(({ type, data }) => (type === 'CNAME' ? [] : [data])),
          evidence: [cite(index.dump.file, result.service)],
        }
    }
  }
}

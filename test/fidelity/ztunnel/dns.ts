import { answerDns, type DnsAnswer } from '#ztunnel/dns/answer.ts'
import type { ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import { type Judgement, judge } from './judge.ts'
import type { RecordedDns, RecordedState } from './recording.ts'

const typeNumbers: Readonly<Record<string, number>> = { A: 1, CNAME: 5, AAAA: 28 }

export const judgeDns = (index: ZtunnelIndex, state: RecordedState, row: RecordedDns, where: string): Judgement => {
  const { outcomes } = answerDns(index, { pod: row.source, name: row.name, type: row.type })
  const { result } = row
  const answers = result.answers.map(([owner, type, ttl, data]) => [
    owner,
    type,
    result.authoritative ? ttl : '-',
    data,
  ])
  const recorded = text(result.rcode, result.authoritative, answers)
  const known = new Set(outcomes.map(({ result }) => predictedText(result, state, row)))
  return judge(`${where} ${row.source.namespace}/${row.source.name} asks ${row.name} ${row.type}`, [recorded], {
    known,
    unknown: [],
  })
}

const predictedText = (answer: DnsAnswer, state: RecordedState, { name, type }: RecordedDns): string => {
  if (answer.kind === 'refused') return text(2, false, [])
  if (answer.kind === 'answered')
    return text(
      0,
      true,
      answer.records.map(({ owner, type, ttl, data }) => [owner, typeNumbers[type] ?? 0, ttl, data]),
    )
  if (answer.kind === 'not-read') return 'not read'
  const known = state.upstream_dns[name.replace(/\.$/, '')]
  const ips = (known ?? []).filter(ip => (type === 'A' ? !ip.includes(':') : type === 'AAAA' && ip.includes(':')))
  return text(
    known === undefined ? 3 : 0,
    false,
    ips.map(ip => [name, typeNumbers[type] ?? 0, '-', ip]),
  )
}

const text = (rcode: number, authoritative: boolean, answers: readonly (readonly unknown[])[]): string =>
  `rcode ${rcode} authoritative ${authoritative} ${answers.map(String).sort().join(' ; ')}`

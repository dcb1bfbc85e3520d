import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { decodeZtunnel } from '#decode/ztunnel/dump.ts'
import type { Workload } from '#model/ztunnel.ts'
import { parseSocket, type SocketAddress } from '#reason/address.ts'
import { decideInboundHbone } from '#ztunnel/inbound-hbone.ts'
import { decideInboundPlaintext } from '#ztunnel/inbound-plaintext.ts'
import { decideOutbound } from '#ztunnel/outbound.ts'
import { guessServedService, type Served } from '#ztunnel/served-service.ts'
import { indexZtunnel, type ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import type { Suite } from './suite.ts'
import { type AccessLine, comparable, inboundLine, outboundLine, parseAccessLine } from './ztunnel/access-line.ts'
import { type Judgement, judge, TallyUp } from './ztunnel/judge.ts'
import { foldersBelow } from './ztunnel/recording.ts'

/** Access lines of real connections, against the dump of the same release and mesh in `ztunnel-eras` beside the logs. */
export const ztunnelLogs: Suite = {
  engine: 'ztunnel-logs',
  find: root => foldersBelow(root).filter(folder => logsIn(folder).length > 0),
  replay: async (folder, disagree) =>
    logsIn(folder).flatMap(({ log, dump }) => {
      const tally = new TallyUp('ztunnel-logs', log, disagree)
      const index = indexZtunnel(decodeZtunnel(JSON.parse(readFileSync(dump, 'utf8')), dump))
      for (const section of sectionsOf(readFileSync(log, 'utf8')))
        for (const judgement of judgeSection(index, section, basename(log))) tally.add(judgement)
      return tally.tally()
    }),
}

const logsIn = (folder: string): readonly { readonly log: string; readonly dump: string }[] =>
  readdirSync(folder)
    .filter(name => /^1\.[\d.]+(-json)?\.log$/.test(name))
    .sort()
    .map(name => ({
      log: join(folder, name),
      dump: join(dirname(folder), 'ztunnel-eras', name.replace(/(-json)?\.log$/, ''), 'config_dump.json'),
    }))
    .filter(({ dump }) => existsSync(dump))

interface Section {
  readonly title: string
  readonly lines: readonly AccessLine[]
}

const sectionsOf = (text: string): readonly Section[] =>
  text.split(/^### (?!client saw)/m).map(part => {
    const [title = '', ...lines] = part.split('\n')
    return { title, lines: lines.map(parseAccessLine).filter(line => line !== undefined) }
  })

/** Sections that are one call of one pod; the others change levels, break pods or stop ztunnel. */
const judgeSection = (index: ZtunnelIndex, { title, lines }: Section, log: string): readonly Judgement[] => {
  const dialled = dialledIn(title)
  if (dialled === undefined) return []
  return lines.flatMap(line => {
    if (line.message !== 'connection complete' && line.message !== 'connection failed') return []
    const direction = line.direction ?? ''
    const predicted =
      direction === 'outbound' ? predictOutbound(index, line, dialled) : predictInbound(index, line, dialled)
    if (predicted === undefined) return []
    const text = (one: AccessLine) =>
      comparable(
        one,
        predicted.some(line => line.error !== undefined),
      )
    return [
      judge(`${log}: ${title} ${direction}`, [text(line)], {
        known: new Set(predicted.filter(({ missing }) => missing === undefined).map(text)),
        unknown: predicted.flatMap(({ missing }) => missing ?? []),
      }),
    ]
  })
}

const dialledIn = (title: string): SocketAddress | undefined => {
  const [, address] = /-> (?:\w+ (?:VIP|pod) )?(\d[\d.]*:\d+)/.exec(title) ?? []
  return address === undefined ? undefined : parseSocket(address)
}

const predictOutbound = (
  index: ZtunnelIndex,
  line: AccessLine,
  destination: SocketAddress,
): readonly AccessLine[] | undefined => {
  const ip = parseSocket(line['src.addr'] ?? '')?.ip ?? ''
  const source = workloadAt(index, ip)
  if (source === undefined && ip !== '127.0.0.1') return undefined
  const pod = source ?? { name: '', namespace: '', serviceAccount: '' }
  const { outcomes } = decideOutbound(index, { source: { ...pod, ip }, destination }, { resolve: () => 'no-answer' })
  return outcomes.map(({ result }) => outboundLine(source, `${destination.ip}:${destination.port}`, result))
}

/** TLS failures come before any decision. */
const predictInbound = (
  index: ZtunnelIndex,
  line: AccessLine,
  dialled: SocketAddress,
): readonly AccessLine[] | undefined => {
  const dst = parseSocket(line['dst.addr'] ?? '')
  const src = parseSocket(line['src.addr'] ?? '')?.ip
  const workload = dst && workloadAt(index, dst.ip)
  if (dst === undefined || src === undefined || workload === undefined) return undefined
  if (line.error?.startsWith('tls handshake error')) return undefined
  const authority = line['dst.hbone_addr']
  const identity = line['src.identity']
  const peer = { workload: workloadAt(index, src), identity }
  if (line.message === 'connection failed' && dst.port === 15008) return undefined
  const decision =
    authority === undefined || identity === undefined
      ? decideInboundPlaintext(index, { pod: workload, src, dst })
      : decideInboundHbone(index, { pod: workload, connection: { ip: dst.ip, port: 15008 }, src, identity, authority })
  const host = authority === undefined ? undefined : askedService(index, src, dialled)
  return decision.outcomes.flatMap(({ result }) => {
    const target = result.kind === 'admitted' ? result : result.kind === 'refused' ? result.target : undefined
    const services = target ? servedBy(index, { workload, port: target.upstream.port, host }) : [undefined]
    return services.map(service => inboundLine(result, peer, { dst: line['dst.addr'] ?? '', authority }, service))
  })
}

const servedBy = (index: ZtunnelIndex, served: Served): readonly (string | undefined)[] => {
  const guess = guessServedService(index, served)
  if (guess.kind === 'one-of') return guess.services.map(({ hostname }) => hostname)
  return [guess.kind === 'service' ? guess.service.hostname : undefined]
}

/** The service that the client's ztunnel names in its `forwarded` header. */
const askedService = (index: ZtunnelIndex, ip: string, destination: SocketAddress): string | undefined => {
  const source = workloadAt(index, ip)
  if (source === undefined) return undefined
  const [{ result }] = decideOutbound(index, { source: { ...source, ip }, destination }).outcomes
  return result.kind === 'forward' ? result.destinationService?.hostname : undefined
}

const workloadAt = (index: ZtunnelIndex, ip: string): Workload | undefined =>
  index.workloadsByAddress.get(`${index.dump.config.network}/${ip}`)?.[0]

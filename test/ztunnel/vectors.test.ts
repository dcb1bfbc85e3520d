import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { parseSocket, type SocketAddress, socketText } from '#reason/address.ts'
import { decideWorkloadAuthorization } from '#ztunnel/authorize.ts'
import { answerDns } from '#ztunnel/dns/answer.ts'
import type { OutboundResult } from '#ztunnel/forward.ts'
import type { InboundResult } from '#ztunnel/inbound.ts'
import { decideInboundHbone } from '#ztunnel/inbound-hbone.ts'
import { decideInboundPlaintext } from '#ztunnel/inbound-plaintext.ts'
import { balance, type ResolutionMode } from '#ztunnel/load-balancing.ts'
import { decideOutbound, type OutboundRequest } from '#ztunnel/outbound.ts'
import { rbacConnection } from '#ztunnel/rbac/connection.ts'
import { findServiceByAddress, findServiceByHostname, foundByName } from '#ztunnel/service-lookup.ts'
import type { ZtunnelStep } from '#ztunnel/steps.ts'
import { explore } from '#ztunnel/walk.ts'
import type { ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import { indexOf, type MeshText, type Named } from './mesh.ts'

interface Case extends MeshText {
  readonly id: string
  readonly because: string
  readonly version?: string
  /** Members that replace those of a workload or service of the common mesh. */
  readonly patch?: Named
  readonly servicePatch?: Named
}

interface Vectors<C> {
  readonly mesh?: MeshText
  readonly cases: readonly (Case & C)[]
}

const read = <C, V = unknown>(name: string): Vectors<C> & V =>
  parse(readFileSync(`fixtures/vectors/ztunnel/${name}.yaml`, 'utf8'), { merge: true })

const patched = (named: Named = {}, patch: Named = {}): Named =>
  Object.fromEntries(Object.entries(named).map(([name, members]) => [name, { ...members, ...patch[name] }]))

const indexFor = (mesh: MeshText = {}, one: Case): ZtunnelIndex =>
  indexOf(
    {
      config: { ...mesh.config, ...one.config },
      workloads: { ...patched(mesh.workloads, one.patch), ...one.workloads },
      services: { ...patched(mesh.services, one.servicePatch), ...one.services },
      policies: { ...mesh.policies, ...one.policies },
    },
    one.version,
  )

const socket = (text: string): SocketAddress => parseSocket(text) ?? { ip: text, port: 0 }

describe('outbound', () => {
  interface Outbound {
    readonly source?: OutboundRequest['source']
    readonly dial: string
    readonly expect: readonly Readonly<Record<string, unknown>>[]
    readonly ambiguousBecause?: readonly string[]
  }
  const { mesh, request, cases } = read<Outbound, { readonly request: Pick<OutboundRequest, 'source'> }>('outbound')

  const facts = (result: OutboundResult) => {
    if (result.kind === 'refused') return { refused: result.code, text: result.text }
    if (result.kind === 'undetermined') return { missing: result.missing, about: result.about }
    const { protocol, nextHop, authority, via, destinationWorkload } = result
    return {
      protocol,
      nextHop: socketText(nextHop.ip, nextHop.port),
      authority,
      via,
      workload: destinationWorkload?.uid ?? 'none',
    }
  }

  test.each(cases)('$id: $because', one => {
    const { outcomes, ambiguousBecause } = decideOutbound(indexFor(mesh, one), {
      source: one.source ?? request.source,
      destination: socket(one.dial),
    })
    const found = outcomes.map(({ result, probability }) => ({ ...facts(result), probability }))
    expect(found).toHaveLength(one.expect.length)
    for (const [at, expected] of one.expect.entries()) expect(found[at]).toMatchObject(expected)
    expect(ambiguousBecause.map(({ code }) => code)).toEqual(one.ambiguousBecause ?? [])
  })
})

describe('load balancing', () => {
  interface Balancing {
    readonly service: string
    readonly from: readonly [network: string, region: string, zone: string]
    readonly mode?: ResolutionMode
    readonly expect: readonly string[]
    readonly probabilities?: readonly number[]
  }
  const { mesh, cases } = read<Balancing>('balancing')

  test.each(cases)('$id: $because', one => {
    const [network, region, zone] = one.from
    const source = { uid: 'source', network, locality: { region, zone, subzone: '' }, workloadIps: [] }
    const index = indexFor({ ...mesh, workloads: { ...mesh?.workloads, source } }, one)
    const from = index.workloadsByUid.get('source')
    const service = index.servicesByHostname.get(one.service)?.[0]
    if (from === undefined || service === undefined) throw new Error(one.service)
    const { outcomes } = explore<string, ZtunnelStep>(
      walk => {
        const upstream = balance(index, walk, from, foundByName(service), 80, one.mode ?? 'standard')
        return upstream?.kind === 'workload' ? `${upstream.workload.uid}:${upstream.port}` : 'none'
      },
      result => result,
    )
    const expected = one.expect.length === 0 ? ['none'] : one.expect
    expect(outcomes.map(({ result }) => result)).toEqual(expected)
    expect(outcomes.map(({ probability }) => probability)).toEqual(
      one.probabilities ?? expected.map(() => 1 / expected.length),
    )
  })
})

describe('services by address and name', () => {
  const { mesh, cases } = read<{ readonly ask: Readonly<Record<string, readonly string[]>> }>('services')

  const lookUp = (index: ZtunnelIndex, question: string): readonly string[] => {
    const [what = '', namespace = '-'] = question.split(' ')
    const client = namespace === '-' ? undefined : namespace
    const [network, ip] = what.includes('/') ? what.split('/') : ['', what]
    const { outcomes } = explore<string, ZtunnelStep>(
      walk => {
        const service = /[g-z]/.test(ip ?? '')
          ? findServiceByHostname(index, what, namespace)
          : findServiceByAddress(index, walk, { network: network ?? '', ip: ip ?? '' }, client)?.service
        return service === undefined ? 'none' : `${service.namespace}/${service.hostname}`
      },
      result => result,
    )
    return outcomes.map(({ result }) => result)
  }

  test.each(cases)('$id: $because', one => {
    const index = indexFor(mesh, one)
    for (const [question, expected] of Object.entries(one.ask))
      expect([question, lookUp(index, question)]).toEqual([question, expected])
  })
})

describe('inbound', () => {
  interface Inbound {
    readonly to: string
    readonly authority?: string
    readonly plaintext?: string
    readonly method?: string
    readonly expect: Readonly<Record<string, unknown>>
  }
  const { mesh, cases } = read<Inbound>('inbound')

  const facts = (result: InboundResult | undefined) => {
    if (result?.kind === 'refused') return { refused: result.code, status: result.status, text: result.text }
    if (result?.kind === 'hairpin') return { hairpin: result.workload.uid }
    if (result?.kind !== 'admitted') return result
    const { upstream, tunnel, throughLoopback } = result
    const proxied = tunnel?.protocol === 'PROXY' ? socketText(tunnel.target.ip, tunnel.target.port) : undefined
    return { upstream: socketText(upstream.ip, upstream.port), proxied, loopback: throughLoopback }
  }

  test.each(cases)('$id: $because', one => {
    const index = indexFor(mesh, one)
    const workload = index.workloadsByUid.get(one.to)
    if (workload === undefined) throw new Error(one.to)
    const { name, namespace, serviceAccount, workloadIps } = workload
    const pod = { name, namespace, serviceAccount }
    const decision =
      one.plaintext === undefined
        ? decideInboundHbone(index, {
            pod,
            connection: { ip: workloadIps[0] ?? '', port: 15008 },
            src: '10.0.0.1',
            identity: 'spiffe://cluster.local/ns/default/sa/default',
            authority: one.authority ?? '',
            ...(one.method === undefined ? {} : { method: one.method }),
          })
        : decideInboundPlaintext(index, { pod, src: '10.0.0.1', dst: socket(one.plaintext) })
    expect(decision.outcomes).toHaveLength(1)
    expect(facts(decision.outcomes[0].result)).toMatchObject(one.expect)
  })
})

describe('one policy', () => {
  interface Policy {
    readonly rules: unknown
    readonly expect: readonly string[]
  }
  type Connections = Readonly<
    Record<string, { readonly src: string; readonly dst: string; readonly identity?: string }>
  >
  const { connections, cases } = read<Policy, { readonly connections: Connections }>('policies')

  test.each(cases)('$id: $because', one => {
    const policies = { p: { namespace: 'ns', scope: 'Namespace', action: 'Allow', rules: one.rules } }
    const policy = indexOf({ policies }, one.version).policiesByKey.get('ns/p')
    const holds = Object.values(connections).map(
      ({ src, dst, identity }) => policy?.matches(rbacConnection({ src, dst: socket(dst), identity })).holds,
    )
    expect(holds).toEqual(one.expect)
  })
})

describe('all policies', () => {
  interface Decision {
    readonly to: Readonly<Record<string, unknown>>
    readonly as?: string
    readonly port?: number
    readonly expect: string
    readonly missing?: readonly string[]
  }
  const { policies, cases } = read<Decision, { readonly policies: Named }>('decisions')

  test.each(cases)('$id: $because', one => {
    const index = indexOf({ workloads: { to: one.to }, policies: one.policies ?? policies }, one.version)
    const workload = index.workloadsByUid.get('to')
    if (workload === undefined) throw new Error('no workload')
    const identity = one.as === undefined ? undefined : `spiffe://cluster.local/ns/default/sa/${one.as}`
    const { outcomes } = decideWorkloadAuthorization(index, workload, {
      src: '10.0.0.1',
      dst: { ip: '10.0.0.2', port: one.port ?? 80 },
      identity,
    })
    const [{ result }] = outcomes
    expect(result.kind === 'refused' ? `${result.code} ${result.text}` : result.kind).toBe(
      one.expect === 'allow' ? 'allowed' : one.expect,
    )
    if (one.missing !== undefined && result.kind === 'allowed') expect(result.rbac.missing).toEqual(one.missing)
  })
})

describe('DNS', () => {
  const { mesh, cases } = read<{ readonly ask: string; readonly expect: 'forwarded' | readonly string[] }>('dns')

  test.each(cases)('$id: $because', one => {
    const [name = '', type = ''] = one.ask.split(' ')
    const pod = { name: 'client', namespace: 'ns1', serviceAccount: 'default' }
    const { outcomes } = answerDns(indexFor(mesh, one), { pod, name, type })
    const [{ result }] = outcomes
    const found =
      result.kind === 'answered'
        ? result.records.map(({ owner, type, data }) => `${owner} ${type} ${data}`)
        : result.kind
    expect(found).toEqual(one.expect)
  })
})

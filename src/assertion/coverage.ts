import type { EnvoyDump } from '#model/envoy.ts'
import type { Evidence, Reason } from '#model/evidence.ts'
import { asRecord, list, text } from '#model/kubernetes.ts'
import type { Mesh } from '#model/mesh.ts'
import type { Netns } from '#model/netfilter.ts'
import { programmedRules } from '#redirection/recognise/programmed.ts'
import type { Trace } from '#trace/trace.ts'
import { type Way, waysOf } from './ways.ts'

export const coverageKinds = ['policies', 'routes', 'chains', 'rules'] as const
export type CoverageKind = (typeof coverageKinds)[number]

/** Something that an assertion can exercise. */
export interface Coverable {
  readonly kind: CoverageKind
  readonly name: string
  readonly file: string
  /** JSON pointer of a record, or `:LINE` of a rule. */
  readonly at: string
}

export interface Coverage {
  readonly kinds: Readonly<Record<CoverageKind, { readonly covered: number; readonly total: number }>>
  /** 0…100, over all kinds; 100 of nothing. */
  readonly percent: number
  readonly missing: readonly Coverable[]
}

/**
 * Which policies of ztunnel, routes and chains of waypoints and redirection rules were met: policies that were
 * looked at, routes and chains that were chosen, rules that were hit. `everything` counts each a second time, where it
 * decided: a policy that admitted or refused, a route or chain on a way whose end is known, a rule that ended the look-up.
 */
export const coverageOf = (mesh: Mesh, met: ReadonlySet<string>, everything: boolean): Coverage => {
  const all = coverables(mesh).flatMap(({ decides, ...one }) =>
    everything && decides ? [one, { ...one, at: `${one.at} decided` }] : [one],
  )
  const missing = all.filter(({ file, at }) => !met.has(`${file} ${at}`))
  return coverageFrom(kind => all.filter(one => one.kind === kind).length, missing)
}

/** Adds what a trace met to the places that `coverageOf` reads. */
export const meet = (trace: Trace, met: Set<string>): void => {
  for (const way of waysOf(trace)) visitWay(way, met)
}

/** Of several meshes together. */
export const sumOfCoverage = (all: readonly Coverage[]): Coverage =>
  coverageFrom(
    kind => all.reduce((sum, { kinds }) => sum + kinds[kind].total, 0),
    all.flatMap(({ missing }) => missing),
  )

const coverageFrom = (totalOf: (kind: CoverageKind) => number, missing: readonly Coverable[]): Coverage => {
  const count = (kind: CoverageKind) => ({
    total: totalOf(kind),
    covered: totalOf(kind) - missing.filter(one => one.kind === kind).length,
  })
  const total = coverageKinds.reduce((sum, kind) => sum + totalOf(kind), 0)
  return {
    kinds: { policies: count('policies'), routes: count('routes'), chains: count('chains'), rules: count('rules') },
    percent: total === 0 ? 100 : Math.floor((100 * (total - missing.length)) / total),
    missing,
  }
}

const visitWay = ({ hops, verdict }: Way, met: Set<string>): void => {
  const isKnown = verdict.kind !== 'undetermined'
  for (const step of hops.flatMap(({ steps }) => steps)) {
    const decided = step.kind === 'policy' || step.kind === 'capture' || (step.kind === 'envoy' && isKnown)
    for (const key of step.evidence.flatMap(keysOf)) {
      met.add(key)
      if (decided) met.add(`${key} decided`)
    }
    if (step.kind === 'policy') for (const reason of step.because) visitReason(reason, met)
  }
}

const visitReason = ({ evidence, because }: Reason, met: Set<string>): void => {
  for (const one of evidence) for (const key of keysOf(one)) met.add(key)
  for (const inner of because) visitReason(inner, met)
}

/** A part of a policy is evidence of the policy. */
const keysOf = (evidence: Evidence): readonly string[] => {
  const place = placeOf(evidence)
  if (place === undefined) return []
  const policy = /^\/policies\/\d+/.exec(place)?.[0]
  return [place, ...(policy === undefined ? [] : [policy])].map(at => `${evidence.file} ${at}`)
}

const placeOf = (evidence: Evidence): string | undefined =>
  evidence.from === 'rule' ? `:${evidence.line}` : evidence.from === 'dump' ? evidence.pointer : undefined

interface Candidate extends Coverable {
  /** Jumps and marks only lead to what decides. */
  readonly decides: boolean
}

const coverables = (mesh: Mesh): readonly Candidate[] => [
  ...mesh.ztunnels.flatMap(({ file, policies }) =>
    policies.map(({ namespace, name, pointer }) => ({
      kind: 'policies' as const,
      name: `${namespace}/${name}`,
      file,
      at: pointer,
      decides: true,
    })),
  ),
  ...mesh.waypoints.flatMap(ofWaypoint),
  ...mesh.netns.flatMap(rulesOf),
]

/** Chains with the routes in them, and routes of their own; a dump repeats the former among the static routes. */
const ofWaypoint = (dump: EnvoyDump): readonly Candidate[] =>
  [...dump.listeners, ...dump.routes.filter(({ state }) => state !== 'static')].flatMap(({ config, file, pointer }) => {
    const found: Candidate[] = []
    walk(config, pointer, (value, at) => {
      const name = text(value.name) ?? ''
      for (const [index, chain] of list(value.filter_chains).entries())
        found.push({
          kind: 'chains',
          name: text(asRecord(chain).name) ?? `${name} #${index}`,
          file,
          at: `${at}/filter_chains/${index}`,
          decides: true,
        })
      if (value.domains !== undefined)
        for (const [index, route] of list(value.routes).entries())
          found.push({
            kind: 'routes',
            name: `${name} ${text(asRecord(route).name) || `#${index}`}`,
            file,
            at: `${at}/routes/${index}`,
            decides: true,
          })
    })
    return found
  })

const walk = (
  value: unknown,
  at: string,
  see: (value: Readonly<Record<string, unknown>>, at: string) => void,
): void => {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) walk(item, `${at}/${index}`, see)
    return
  }
  const record = asRecord(value)
  if (record === value) see(record, at)
  for (const [key, inner] of Object.entries(record))
    if (typeof inner === 'object' && inner !== null)
      walk(inner, `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, see)
}

/** What istio-cni put there, in whichever back end. */
const rulesOf = (netns: Netns): readonly Candidate[] =>
  programmedRules(netns)
    .filter(({ owner }) => owner === 'ambient' || owner === 'ambient-node')
    .flatMap(({ backEnd, table, chain, number, text, evidence }) => {
      const at = placeOf(evidence)
      if (at === undefined) return []
      const name = `${backEnd} ${table} ${chain} #${number} ${text}`
      return [{ kind: 'rules' as const, name, file: evidence.file, at, decides: verdicts.test(text) }]
    })

const verdicts = /(REDIRECT|TPROXY|ACCEPT|DROP|SNAT|DNAT)\b|\b(redirect|tproxy|accept|drop|snat|dnat)\b/

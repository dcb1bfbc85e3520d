import type { EnvoyDump } from '#model/envoy.ts'
import type { Evidence, Reason } from '#model/evidence.ts'
import { asRecord, list, text } from '#model/kubernetes.ts'
import type { Mesh } from '#model/mesh.ts'
import type { Path, Step, Trace } from '#trace/trace.ts'

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
 * Which policies of ztunnel, routes and chains of waypoints and redirection rules the traces met. `everything`: a
 * policy counts once where it decided, and once where it was looked at and did not.
 */
export const coverageOf = (mesh: Mesh, traces: readonly Trace[], everything: boolean): Coverage => {
  const met = new Set<string>()
  for (const trace of traces) visit(trace, met)
  const all = coverables(mesh).flatMap(one =>
    everything && one.kind === 'policies' ? [one, { ...one, at: `${one.at} decided` }] : [one],
  )
  const missing = all.filter(({ file, at }) => !met.has(`${file} ${at}`))
  return coverageFrom(kind => all.filter(one => one.kind === kind).length, missing)
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

const visit = ({ hops, end }: Path, met: Set<string>): void => {
  for (const step of hops.flatMap(({ steps }) => steps)) visitStep(step, met)
  if (end.kind === 'fork') for (const branch of end.branches) visit(branch, met)
}

const visitStep = ({ kind, evidence, because }: Step, met: Set<string>): void => {
  for (const one of evidence) {
    for (const key of keysOf(one)) met.add(key)
    if (kind === 'policy' && one.from === 'dump') met.add(`${one.file} ${one.pointer} decided`)
  }
  if (kind === 'policy') for (const reason of because) visitReason(reason, met)
}

const visitReason = ({ evidence, because }: Reason, met: Set<string>): void => {
  for (const one of evidence) for (const key of keysOf(one)) met.add(key)
  for (const inner of because) visitReason(inner, met)
}

/** A part of a policy is evidence of the policy. */
const keysOf = (evidence: Evidence): readonly string[] => {
  if (evidence.from === 'rule') return [`${evidence.file} :${evidence.line}`]
  if (evidence.from !== 'dump') return []
  const policy = /^\/policies\/\d+/.exec(evidence.pointer)?.[0]
  return [evidence.pointer, ...(policy === undefined ? [] : [policy])].map(at => `${evidence.file} ${at}`)
}

const coverables = (mesh: Mesh): readonly Coverable[] => [
  ...mesh.ztunnels.flatMap(({ file, policies }) =>
    policies.map(({ namespace, name, pointer }) => ({
      kind: 'policies' as const,
      name: `${namespace}/${name}`,
      file,
      at: pointer,
    })),
  ),
  ...mesh.waypoints.flatMap(ofWaypoint),
  ...mesh.netns.flatMap(({ files }) => files.flatMap(({ file, text: rules }) => rulesIn(file, rules))),
]

/** Chains of `main_internal` and the routes in them, and routes of their own. */
const ofWaypoint = (dump: EnvoyDump): readonly Coverable[] =>
  [...dump.listeners, ...dump.routes].flatMap(({ config, file, pointer }) => {
    const found: Coverable[] = []
    walk(config, pointer, (value, at) => {
      const name = text(value.name) ?? ''
      for (const [index, chain] of list(value.filter_chains).entries())
        found.push({
          kind: 'chains',
          name: text(asRecord(chain).name) ?? `${name} #${index}`,
          file,
          at: `${at}/filter_chains/${index}`,
        })
      if (value.domains !== undefined)
        for (const [index, route] of list(value.routes).entries())
          found.push({
            kind: 'routes',
            name: `${name} ${text(asRecord(route).name) || `#${index}`}`,
            file,
            at: `${at}/routes/${index}`,
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

/** Lines of iptables-save that add a rule of the mesh, or lead to one. */
const rulesIn = (file: string, rules: string): readonly Coverable[] =>
  rules
    .split('\n')
    .flatMap((line, index) =>
      /^(?:\[\d+:\d+\] )?-A .*\bISTIO_/.test(line)
        ? [{ kind: 'rules' as const, name: line, file, at: `:${index + 1}` }]
        : [],
    )

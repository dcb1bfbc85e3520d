import type { NonEmpty } from '#model/evidence.ts'
import type { Loss, Missing, MissingKind, Path, Verdict } from './trace.ts'
import { verdictsOf } from './trace.ts'

/** The same path; what it lacks says why the cluster did not give it. */
export const withLosses = <P extends Path>(path: P, lossOf: (missing: Missing) => Loss | undefined): P => {
  const { end } = path
  if (end.kind === 'fork') {
    const [first, ...others] = end.branches
    const branches = [withLosses(first, lossOf), ...others.map(branch => withLosses(branch, lossOf))] as const
    return { ...path, end: { ...end, branches } }
  }
  return end.kind === 'undetermined' ? { ...path, end: explained(end, lossOf) } : path
}

type Undetermined = Extract<Verdict, { kind: 'undetermined' }>

const explained = (verdict: Undetermined, lossOf: (missing: Missing) => Loss | undefined): Undetermined => {
  const told = (missing: Missing): Missing => {
    const lost = lossOf(missing)
    return lost === undefined ? missing : { ...missing, lost }
  }
  const [first, ...others] = verdict.missing
  const missing: NonEmpty<Missing> = [told(first), ...others.map(told)]
  const { provided } = verdict
  return { ...verdict, missing, ...(provided !== undefined && { provided: withLosses(provided, lossOf) }) }
}

/** What a verdict lacked and could not be had, when no verdict was reached at all. */
export const lossesOf = (path: Path): readonly Loss[] => {
  const verdicts = verdictsOf(path)
  return verdicts.flatMap(verdict =>
    verdict.kind === 'undetermined' ? verdict.missing.flatMap(({ lost }) => lost ?? []) : [],
  )
}

/** Where a snapshot keeps what was missing: a file, or a folder. */
export const placesOfMissing: Readonly<Partial<Record<MissingKind, (subject: string) => readonly string[]>>> = {
  'ztunnel-dump': node => [`ztunnel/${node}`],
  'waypoint-dump': pod => [`waypoint/${pod}`],
  'gateway-dump': pod => [`waypoint/${pod}`],
  'redirection-rules': pod => [`netns/${pod}`, 'kubernetes/pods.json'],
  'service-objects': () => ['kubernetes/services.json', 'kubernetes/endpointslices.json'],
  'dns-answer': () => ['kubernetes/services.json'],
}

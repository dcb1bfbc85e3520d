import type { Issues } from '#decode/json/at.ts'
import type { ZtunnelVersion } from '#model/ztunnel.ts'

/** The newest minor whose dumps are known; newer ones are read as this one. */
export const newestMinor = 31

type Members = Readonly<Record<string, unknown>>

/** One record of each kind as it came, with `config` and `version`: what each release prints tells the release. */
export interface VersionClues {
  readonly build: Readonly<Record<string, string>>
  readonly config?: Members | undefined
  readonly workload?: Members | undefined
  readonly service?: Members | undefined
  readonly policy?: Members | undefined
}

/** Members that every record of their kind has since a minor (specs/ztunnel.md §2, §3.3; ztunnel-measured.md C25). */
const always: readonly (readonly [keyof VersionClues, member: string, since: number])[] = [
  ['config', 'illegalPorts', 23],
  ['config', 'socketConfig', 24],
  ['config', 'caHeaders', 25],
  ['config', 'localhostAppTunnel', 26],
  ['config', 'ztunnelIdentity', 27],
  ['config', 'crlPath', 29],
  ['build', 'cryptoProvider', 27],
  ['workload', 'networkMode', 24],
  ['workload', 'capacity', 26],
  ['service', 'canonical', 29],
  ['service', 'visibility', 31],
  ['policy', 'dryRun', 29],
]

type Range = readonly [oldest: number, newest: number]

/** A version string when it is one and the shape allows it, else what the shape allows. */
export const inferVersion = (clues: VersionClues, minors: Range, issues: Issues): ZtunnelVersion => {
  const range = shapeRange(clues, [minors[0], Math.min(minors[1], newestMinor)])
  for (const from of ['istioVersion', 'version', 'gitTag'] as const) {
    const told = parseVersion(clues.build[from])
    if (told === undefined) continue
    if (told.minor >= range[0] && told.minor <= minors[1]) return { ...told, range: [told.minor, told.minor], from }
    issues.add('/version', `a release with this shape of dump, 1.${range.join(' to 1.')}`, clues.build[from], 'note')
  }
  return { minor: range[1], range, from: 'shape' }
}

/** Releases only: a commit id, `unknown` and a bare `1` say nothing. */
const parseVersion = (text: string | undefined): { minor: number; patch?: number } | undefined => {
  const [, minor, patch] = /^v?1\.(\d{1,3})(?:\.(\d{1,4}))?(?![\d.])/.exec(text ?? '') ?? []
  if (minor === undefined) return undefined
  return patch === undefined ? { minor: Number(minor) } : { minor: Number(minor), patch: Number(patch) }
}

/** A member that is present raises the oldest release; one that is absent, beside others of its kind, lowers the newest. */
const shapeRange = (clues: VersionClues, minors: Range): Range => {
  let [oldest, newest] = minors
  for (const [place, member, since] of always) {
    const members = clues[place]
    if (members === undefined || Object.keys(members).length === 0) continue
    if (Object.hasOwn(members, member)) oldest = Math.max(oldest, since)
    else if (isWhole(place, members)) newest = Math.min(newest, since - 1)
  }
  if (newest < oldest) newest = minors[1]
  return withCaCertWatcher(withInpodEnabled([oldest, newest], clues.config), clues.config)
}

/** A `config` that somebody cut down to a few members says nothing by what it lacks. */
const isWhole = (place: keyof VersionClues, members: Members): boolean =>
  place !== 'config' || Object.hasOwn(members, 'inboundAddr')

/** `caCertWatcher` was printed by 1.28 and 1.29 only. */
const withCaCertWatcher = ([oldest, newest]: Range, config: Members | undefined): Range => {
  if (config === undefined || !isWhole('config', config) || newest < 28) return [oldest, newest]
  if (Object.hasOwn(config, 'caCertWatcher'))
    return oldest > 29 ? [oldest, newest] : [Math.max(oldest, 28), Math.min(newest, 29)]
  if (oldest >= 28) return [Math.max(oldest, 30), Math.max(newest, 30)]
  return newest <= 29 ? [oldest, 27] : [oldest, newest]
}

/** `inpod_enabled` tells 1.21 from 1.19 and 1.20. */
const withInpodEnabled = ([oldest, newest]: Range, config: Members | undefined): Range => {
  if (config === undefined || newest > 21 || oldest < 19) return [oldest, newest]
  return Object.hasOwn(config, 'inpod_enabled') ? [21, 21] : [oldest, Math.min(newest, 20)]
}

import type {
  Authorization,
  Certificate,
  CertificateEntry,
  PodState,
  ServiceGlance,
  WorkloadGlance,
  ZtunnelRecordKind,
} from '#model/ztunnel.ts'
import { KeyNumbers } from '../key-numbers.ts'
import { rootFingerprints } from './certificate-detail.ts'
import { validityOf } from './certificates.ts'
import type { LateMember } from './known-members.ts'
import type { ZtunnelProvenance } from './provenance.ts'
import { referenceText, type WaypointNames } from './waypoint-names.ts'

/** A ztunnel on one screen: how much there is, and what a person should look at. */
export interface ZtunnelOverview extends ZtunnelProvenance {
  readonly network: string
  /** These and what follows are undefined where the era, the mode or the form of the dump does not tell. */
  readonly workloads:
    | {
        readonly total: number
        readonly hbone: number
        readonly tcp: number
        readonly unhealthy: readonly string[]
      }
    | undefined
  readonly services:
    | {
        readonly total: number
        readonly withWaypoint: number | undefined
        readonly withoutEndpoint: readonly string[]
      }
    | undefined
  readonly policies:
    | {
        readonly total: number
        readonly allow: number
        readonly deny: number
        readonly dryRun: number | undefined
      }
    | undefined
  readonly pods:
    | {
        readonly total: number
        readonly pending: readonly string[]
        readonly inbound: number
        readonly outbound: number
      }
    | undefined
  readonly certificates: CertificateOverview | undefined
  /** `who → what`: waypoints that no service of the dump stands for. */
  readonly unresolved: readonly string[]
  /** Services that workloads or endpoints name and the dump does not hold. */
  readonly staged: readonly string[]
  /** Parts that this era or format does not carry. */
  readonly lost: readonly string[]
}

export interface CertificateOverview {
  readonly identities: number
  readonly failed: readonly { readonly identity: string; readonly state: string }[]
  readonly expired: readonly string[]
  /** Valid, and long past the half of its lifetime at which ztunnel asks for the next. */
  readonly expiring: readonly string[]
  /** SHA-256 fingerprints. */
  readonly roots: readonly string[]
  /** The leaf that expires first of those that are valid. */
  readonly next: { readonly identity: string; readonly expires: string } | undefined
}

/** What the dump tells of at all. */
export interface Known {
  readonly tells: (kind: ZtunnelRecordKind) => boolean
  readonly knowsPods: boolean
  readonly knows: (member: LateMember) => boolean
}

/** Takes records one by one; services after all workloads, whose health they need. */
export class OverviewCount {
  private readonly healthy = new KeyNumbers()
  private readonly waypoints: WaypointNames
  private readonly now: Date
  private readonly unhealthy: string[] = []
  private readonly unresolved: string[] = []
  private readonly withoutEndpoint: string[] = []
  private readonly pending: string[] = []
  private readonly count = { hbone: 0, tcp: 0, services: 0, withWaypoint: 0, pods: 0, inbound: 0, outbound: 0 }
  private readonly policyCount = { total: 0, allow: 0, deny: 0, dryRun: 0 }
  private readonly certificates: CertificateEntry[] = []

  constructor(waypoints: WaypointNames, now: Date) {
    this.waypoints = waypoints
    this.now = now
  }

  addWorkload(workload: WorkloadGlance): void {
    const name = `${workload.namespace}/${workload.name}`
    this.count[workload.protocol === 'HBONE' ? 'hbone' : 'tcp']++
    if (workload.status === 'Unhealthy') this.unhealthy.push(name)
    else this.healthy.add(workload.uid)
    this.checkWaypoint(`workload ${name}`, workload.waypoint)
  }

  addService(service: ServiceGlance): void {
    const name = `${service.namespace}/${service.name}`
    this.count.services++
    if (service.waypoint !== undefined) this.count.withWaypoint++
    if (!isReachable(service, this.healthy)) this.withoutEndpoint.push(name)
    this.checkWaypoint(`service ${name}`, service.waypoint)
  }

  addPolicy({ action, dryRun }: Authorization): void {
    this.policyCount.total++
    this.policyCount[action === 'Allow' ? 'allow' : 'deny']++
    if (dryRun) this.policyCount.dryRun++
  }

  addPod({ info, podUid, state, connections }: PodState): void {
    this.count.pods++
    if (state === 'Pending') this.pending.push(info === undefined ? podUid : `${info.namespace}/${info.name}`)
    for (const { direction } of connections) this.count[direction]++
  }

  addCertificate(entry: CertificateEntry): void {
    this.certificates.push(entry)
  }

  finish(
    about: ZtunnelProvenance & Pick<ZtunnelOverview, 'network' | 'staged' | 'lost'>,
    { tells, knowsPods, knows }: Known,
  ): ZtunnelOverview {
    const { hbone, tcp, services, withWaypoint, pods, inbound, outbound } = this.count
    const [tellsWorkloads, tellsServices] = [tells('workloads'), tells('services')]
    return {
      ...about,
      workloads: tellsWorkloads ? { total: hbone + tcp, hbone, tcp, unhealthy: this.unhealthy } : undefined,
      services: tellsServices
        ? {
            total: services,
            withWaypoint: knows('serviceWaypoint') ? withWaypoint : undefined,
            withoutEndpoint: tellsWorkloads ? this.withoutEndpoint : [],
          }
        : undefined,
      policies: tells('policies')
        ? { ...this.policyCount, dryRun: knows('dryRun') ? this.policyCount.dryRun : undefined }
        : undefined,
      pods: knowsPods ? { total: pods, pending: this.pending, inbound, outbound } : undefined,
      certificates: tells('certificates') ? certificateOverview(this.certificates, this.now) : undefined,
      unresolved: tellsServices ? this.unresolved : [],
    }
  }

  private checkWaypoint(who: string, waypoint: WorkloadGlance['waypoint']): void {
    if (waypoint !== undefined && this.waypoints.find(waypoint).kind === 'unresolved')
      this.unresolved.push(`${who} → ${referenceText(waypoint)}`)
  }
}

/** A passthrough service needs no endpoint: traffic goes on to the address that was dialled. */
const isReachable = ({ endpoints, loadBalancer }: ServiceGlance, healthy: KeyNumbers): boolean =>
  loadBalancer?.mode === 'Passthrough' || endpoints.some(({ workloadUid }) => healthy.has(workloadUid))

const certificateOverview = (entries: readonly CertificateEntry[], now: Date): CertificateOverview => {
  const leaves = entries.flatMap(({ identity, certChain: [leaf] }) => (leaf === undefined ? [] : [{ identity, leaf }]))
  const valid = leaves.filter(({ leaf }) => validityOf(leaf, now) === 'valid')
  const [next] = [...valid].sort((a, b) => Date.parse(a.leaf.expirationTime) - Date.parse(b.leaf.expirationTime))
  return {
    identities: entries.length,
    failed: entries
      .filter(({ certChain }) => certChain.length === 0)
      .map(({ identity, state }) => ({ identity, state })),
    expired: leaves.filter(({ leaf }) => validityOf(leaf, now) === 'expired').map(({ identity }) => identity),
    expiring: valid.filter(({ leaf }) => isOverdue(leaf, now)).map(({ identity }) => identity),
    roots: rootFingerprints(entries),
    next: next && { identity: next.identity, expires: next.leaf.expirationTime },
  }
}

/** Less than a quarter of its lifetime is left: it should have been replaced at the half (specs/ztunnel.md §2.6). */
const isOverdue = ({ validFrom, expirationTime }: Certificate, now: Date): boolean => {
  const [from, until] = [Date.parse(validFrom), Date.parse(expirationTime)]
  return until - now.getTime() < (until - from) / 4
}

import type { Mesh } from '#model/mesh.ts'
import type { Netns, NetnsSubject } from '#model/netfilter.ts'
import type { ZtunnelDump } from '#model/ztunnel.ts'
import { contradictions } from '#redirection/enrolment/contradictions.ts'
import { type Enrolment, type EnrolmentSources, enrolmentOf } from '#redirection/enrolment/enrolment.ts'
import { overridesNotApplied } from '#redirection/enrolment/overrides.ts'
import { type CniRelease, cniReleaseOf, otherRelease } from '#redirection/enrolment/release.ts'
import { showsWhatItTakes } from '#redirection/node-topology.ts'
import type { RedirectionFinding } from '#redirection/recognise/finding.ts'
import { missingFromProbeSet } from '#redirection/recognise/probe-set.ts'
import { recognise } from '#redirection/recognise/recognise.ts'
import type { Recognition } from '#redirection/recognise/recognition.ts'
import { nodeNetns, type PodFound, podOf, ztunnelOf } from './pod.ts'
import { nodeTrafficOf, podTraffic, type TrafficOutcome } from './traffic.ts'

/** One network namespace, as `dump redirection` shows it. */
export interface NetnsRedirection {
  readonly subject: NetnsSubject
  /** Folder of the files that told it; undefined when they came from several. */
  readonly folder: string | undefined
  readonly recognition: Recognition
  /** Only what was programmed is known, not what the kernel holds. */
  readonly source?: 'intended'
  /** Of a pod about which anything besides its rules was recorded. */
  readonly enrolment?: Enrolment
  /** The istio-cni that runs on the node now. */
  readonly running?: CniRelease
  /** False: that somebody listens where packets arrive is assumed. */
  readonly listenersRecorded: boolean
  readonly traffic: readonly TrafficOutcome[]
  readonly findings: readonly RedirectionFinding[]
}

/** What redirects the traffic of one recorded namespace, seen beside the rest of the mesh. */
export const redirectionOf = (netns: Netns, mesh: Mesh): NetnsRedirection => {
  const recognition = recognise(netns)
  const general = {
    subject: netns.subject,
    folder: folderOf(netns),
    recognition,
    ...(isIntended(netns) && { source: 'intended' as const }),
  }
  if (isNode(netns, recognition)) return { ...general, ...ofNode(netns, recognition, mesh) }
  if (netns.subject.kind !== 'pod')
    return {
      ...general,
      listenersRecorded: netns.listeners !== undefined,
      traffic: netns.subject.kind === 'unknown' ? podTraffic(netns, recognition, false) : [],
      findings: recognition.findings,
    }
  return { ...general, ...ofPod(netns, recognition, mesh) }
}

const isIntended = ({ rulesets }: Netns): boolean =>
  rulesets.length > 0 && rulesets.every(({ source }) => source === 'intended')

const isNode = ({ subject }: Netns, { kind }: Recognition): boolean =>
  subject.kind === 'node' || (subject.kind === 'unknown' && kind.startsWith('node-'))

const folderOf = ({ files }: Netns): string | undefined => {
  const [folder, ...others] = new Set(files.map(({ file }) => file.replace(/\/?[^/]*$/, '')))
  return others.length === 0 ? folder : undefined
}

type Told = Omit<NetnsRedirection, 'subject' | 'folder' | 'recognition'>

const ofNode = (netns: Netns, recognition: Recognition, mesh: Mesh): Told => {
  const name = netns.subject.kind === 'node' ? netns.subject.node : undefined
  const running = cniReleaseOf(mesh.kubernetes, name)
  const others = mesh.netns.filter(other => {
    if (other.subject.kind === 'ztunnel') return showsWhatItTakes(other, netns)
    return other.subject.kind === 'pod' && nodeNetns(mesh, podOf(other, mesh)?.node) === netns
  })
  return {
    ...(running === undefined ? {} : { running }),
    listenersRecorded: netns.listeners !== undefined,
    traffic: nodeTrafficOf(netns, recognition, others),
    findings: [...recognition.findings, ...otherRelease(recognition, running)],
  }
}

const ofPod = (netns: Netns, recognition: Recognition, mesh: Mesh): Told => {
  const pod = podOf(netns, mesh)
  const node = nodeNetns(mesh, pod?.node)
  const around = node === undefined ? undefined : recognise(node)
  const running = cniReleaseOf(mesh.kubernetes, pod?.node)
  const ztunnel = ztunnelOf(mesh, pod?.node)
  const enrolment = enrolmentOf({
    recorded: { netns, recognition, node: around },
    kubernetes: mesh.kubernetes,
    pod: pod?.object,
    namespace: pod?.namespace ?? '',
    ...toldBy(ztunnel, pod),
    running,
  })
  const disagree = contradictions(enrolment, netns)
  const unknown = disagree.some(({ code, severity }) => code === 'back-end-not-recorded' && severity === 'risk')
  return {
    ...(pod?.object === undefined && ztunnel === undefined ? {} : { enrolment }),
    ...(running === undefined ? {} : { running }),
    listenersRecorded: netns.listeners !== undefined,
    traffic: unknown
      ? []
      : podTraffic(
          netns,
          recognition,
          disagree.some(({ code }) => code === 'enrolled-without-rules'),
        ),
    findings: [
      ...disagree,
      ...recognition.findings,
      ...(node === undefined || around === undefined
        ? []
        : missingFromProbeSet(netns, recognition, around, fileOf(node))),
      ...(pod?.object === undefined || recognition.features === undefined
        ? []
        : overridesNotApplied(pod.object, recognition.features)),
      ...otherRelease(recognition, running),
    ],
  }
}

/** What a ztunnel knows of a pod of its node. */
const toldBy = (
  ztunnel: ZtunnelDump | undefined,
  pod: PodFound | undefined,
): Pick<EnrolmentSources, 'workload' | 'state'> => {
  if (ztunnel === undefined || pod?.name === undefined) return { workload: 'unknown', state: 'unknown' }
  const { file } = ztunnel
  const isIt = (of: { readonly namespace: string; readonly name: string } | undefined) =>
    of?.namespace === pod.namespace && of.name === pod.name
  const workload = ztunnel.workloads.find(isIt)
  const state = ztunnel.pods?.find(({ info }) => isIt(info))
  return {
    workload: workload === undefined ? 'absent' : { record: workload, file },
    state: state === undefined ? (ztunnel.pods === undefined ? 'unknown' : 'absent') : { record: state, file },
  }
}

const fileOf = (node: Netns): string =>
  node.files.find(({ kind }) => kind.startsWith('ipset'))?.file ?? node.files[0]?.file ?? ''

import type { Evidence } from '#model/evidence.ts'
import type { Netns } from '#model/netfilter.ts'
import { showIp } from '../ip.ts'
import { preparePrograms } from '../prepare/programs.ts'
import type { RedirectionFinding } from './finding.ts'

const mapEvidence = (netns: Netns, name: string): readonly Evidence[] =>
  netns.bpf.maps.filter(map => map.name === name).map(({ evidence }) => evidence)

/** Programs and maps of a node of the eBPF generation that do not fit together (specs/redirection.md §4). */
export const nodePrograms = (netns: Netns): readonly RedirectionFinding[] => {
  const programs = preparePrograms(netns)
  const { maps } = programs
  if (maps === undefined) return [mapsNotRecorded(netns)]
  const devices = new Map((netns.links ?? []).map(({ index, name }) => [index, name]))
  for (const { index, device } of netns.bpf.attachments ?? []) devices.set(index, device)
  const needs = (ifindex: number, direction: 'ingress' | 'egress', program: string, about: string) => {
    const device = devices.get(ifindex)
    if (device === undefined || programs.at(device, direction)?.known === program) return []
    return [
      {
        code: 'program-missing' as const,
        ambient: 'AMB003' as const,
        severity: 'broken' as const,
        family: 4 as const,
        about: `${program} on ${device} ${direction}, ${about}`,
        evidence: (netns.bpf.attachments ?? [])
          .slice(0, 1)
          .map(
            ({ evidence }): Evidence => ({ from: 'absence', file: evidence.file, lookedFor: `${device} ${program}` }),
          ),
      },
    ]
  }
  const { ztunnel, apps, host } = maps
  return [
    ...(ztunnel === undefined
      ? [
          {
            code: 'no-ztunnel-set' as const,
            severity: 'broken' as const,
            family: 4 as const,
            about: 'ztunnel_info',
            evidence: mapEvidence(netns, 'ztunnel_info'),
          },
        ]
      : needs(ztunnel.ifindex, 'ingress', 'ztunnel_host_ingress', 'which leads to ztunnel')),
    ...(host === undefined || showIp(host) === '0.0.0.0' || showIp(host) === '::'
      ? [
          {
            code: 'host-address-unset' as const,
            severity: 'risk' as const,
            family: 4 as const,
            about: 'host_ip_info',
            evidence: mapEvidence(netns, 'host_ip_info'),
          },
        ]
      : []),
    ...[...apps].flatMap(([address, { ifindex }]) => [
      ...needs(ifindex, 'ingress', 'app_outbound', `pod ${showIp(address)}`),
      ...needs(ifindex, 'egress', 'app_inbound', `pod ${showIp(address)}`),
      ...(devices.size > 0 && !devices.has(ifindex)
        ? [
            {
              code: 'pod-device-gone' as const,
              severity: 'note' as const,
              family: 4 as const,
              about: `${showIp(address)} on device ${ifindex}`,
              evidence: mapEvidence(netns, 'app_info'),
            },
          ]
        : []),
    ]),
    ...attachedWithoutPod(netns, new Set([...apps.values()].map(({ ifindex }) => ifindex))),
  ]
}

const mapsNotRecorded = (netns: Netns): RedirectionFinding => ({
  code: 'maps-not-recorded',
  severity: 'risk',
  about: ['app_info', 'ztunnel_info', 'host_ip_info']
    .filter(name => !netns.bpf.maps.some(map => map.name === name && map.entries !== undefined))
    .join(', '),
  evidence: (netns.bpf.attachments ?? []).slice(0, 1).map(({ evidence }) => evidence),
})

/** The program takes what the pod sends, but ztunnel finds no way back to it. */
const attachedWithoutPod = (netns: Netns, known: ReadonlySet<number>): readonly RedirectionFinding[] =>
  (netns.bpf.attachments ?? [])
    .filter(({ program, index }) => program === 'app_outbound' && !known.has(index))
    .map(({ device, evidence }) => ({
      code: 'pod-not-in-map',
      ambient: 'AMB003',
      severity: 'broken',
      family: 4,
      about: device,
      evidence: [evidence],
    }))

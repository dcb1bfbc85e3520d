import type { Service, Workload } from '#model/ztunnel.ts'
import { isIpv6 } from '#reason/address.ts'
import type { Behaviour } from './behaviour.ts'
import { type Refusal, refused, type Undetermined } from './refusal.ts'
import { workloadText } from './rust-text.ts'
import type { ZtunnelStep } from './steps.ts'
import type { Walk } from './walk.ts'

/** What a DNS look-up on the node gives: addresses, nothing at all, or undefined when nobody knows. */
export type Resolve = (hostname: string) => readonly string[] | 'no-answer' | undefined

export type ChosenIp =
  | { readonly kind: 'ip'; readonly ip: string }
  | { readonly kind: 'only-through-gateway' }
  | Refusal
  | Undetermined

/** Which of its addresses a workload is called at (specs/ztunnel.md §4.6, ztunnel-measured.md C6). */
export const chooseIp = (
  behaviour: Behaviour,
  walk: Walk<ZtunnelStep>,
  workload: Workload,
  target: { readonly ip: string; readonly service?: Service | undefined; readonly gateway?: string },
  resolve: Resolve,
): ChosenIp => {
  const chosen = ownAddress(behaviour, walk, workload, target)
  if (chosen !== undefined) {
    walk.note({ kind: 'ip', rule: '§4.6', workload, ...chosen })
    return { kind: 'ip', ip: chosen.ip }
  }
  if (workload.hostname !== '') return resolved(behaviour, walk, workload, target.ip, resolve)
  walk.note({ kind: 'ip', rule: '§4.6', workload, ip: undefined, by: 'nothing' })
  if (workload.networkGateway !== undefined && behaviour.crossNetwork !== 'as-local')
    return { kind: 'only-through-gateway' }
  return noValidDestination(workload, behaviour, target.gateway)
}

export const noValidDestination = (workload: Workload, behaviour: Behaviour, gateway?: string): Refusal =>
  refused(
    'no-valid-destination',
    `no valid routing destination for workload: ${workloadText(workload, behaviour, gateway)}`,
  )

interface OwnAddress {
  readonly ip: string
  readonly by: 'dialled' | 'family' | 'first' | 'random'
}

const ownAddress = (
  behaviour: Behaviour,
  walk: Walk<ZtunnelStep>,
  { workloadIps }: Workload,
  { ip, service }: { readonly ip: string; readonly service?: Service | undefined },
): OwnAddress | undefined => {
  if (behaviour.ipChoice !== 'random' && workloadIps.includes(ip)) return { ip, by: 'dialled' }
  if (behaviour.ipChoice !== 'by-family') {
    if (workloadIps.length === 0) return undefined
    return { ip: walk.draw(workloadIps.map(value => ({ value, weight: 1 }))), by: 'random' }
  }
  const allowed = workloadIps.filter(candidate => accepts(service, candidate))
  const sameFamily = allowed.find(candidate => isIpv6(candidate) === isIpv6(ip))
  if (sameFamily !== undefined) return { ip: sameFamily, by: 'family' }
  const [first] = allowed
  return first === undefined ? undefined : { ip: first, by: 'first' }
}

const accepts = (service: Service | undefined, ip: string): boolean =>
  service?.ipFamilies === undefined || service.ipFamilies === 'Dual' || (service.ipFamilies === 'IPv6') === isIpv6(ip)

const resolved = (
  behaviour: Behaviour,
  walk: Walk<ZtunnelStep>,
  workload: Workload,
  target: string,
  resolve: Resolve,
): ChosenIp => {
  const answers = resolve(workload.hostname)
  if (answers === undefined) return { kind: 'undetermined', missing: 'dns-answer', about: workload.hostname }
  if (answers === 'no-answer')
    return refused('dns-no-answer', `no ip addresses were resolved for workload: ${workload.uid}`)
  const sameFamily = answers.filter(ip => isIpv6(ip) === isIpv6(target))
  const usable = behaviour.dnsAnswerByFamily && sameFamily.length > 0 ? sameFamily : answers
  if (usable.length === 0)
    return refused(
      'dns-no-address',
      `ip addresses were resolved for workload ${workload.uid}, but valid dns response had no A/AAAA records`,
    )
  const ip = walk.draw(usable.map(value => ({ value, weight: 1 })))
  walk.note({ kind: 'ip', rule: '§4.6', workload, ip, by: 'dns' })
  return { kind: 'ip', ip }
}

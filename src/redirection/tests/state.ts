import type { Missing } from '../fate.ts'
import { kernelUid } from '../routes.ts'
import type { Sender, Skb } from '../skb.ts'
import { missing } from '../stage.ts'
import type { Holds } from './test.ts'

/** `(mark & mask) == value`, on unsigned 32-bit numbers. */
export const mark =
  (value: number, mask: number): Holds =>
  skb =>
    (skb.mark & mask) >>> 0 === value

/** Without conntrack there is no connmark, and the match fails even when negated. */
export const connmark =
  (value: number, mask: number, inverted: boolean): Holds =>
  ({ tracking }) =>
    tracking !== undefined && ((tracking.connection.mark & mask) >>> 0 === value) !== inverted

export type CtState = 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID' | 'UNTRACKED' | 'SNAT' | 'DNAT'

export const stateOf = ({ tracking, untracked }: Skb): CtState =>
  untracked ? 'UNTRACKED' : (tracking?.state ?? 'INVALID')

export const ctState =
  (states: readonly string[]): Holds =>
  skb => {
    if (states.includes(stateOf(skb))) return true
    const changed = skb.tracking?.connection.changed
    return (
      (states.includes('SNAT') && changed?.source === true) ||
      (states.includes('DNAT') && changed?.destination === true)
    )
  }

export const ctDirection =
  (direction: string): Holds =>
  ({ tracking }) =>
    tracking !== undefined && tracking.direction === direction.toLowerCase()

/** Sets are looked up by name at the moment of the match; a set that was not recorded leaves the match open. */
export const inSet =
  (name: string, fields: readonly string[], table?: string): Holds =>
  (skb, { kernel }) =>
    kernel.set(name, table)?.(skb, fields) ?? missing('set', name)

export interface Owner {
  readonly uids?: { readonly from: number; readonly to: number; readonly inverted: boolean }
  readonly gids?: { readonly from: number; readonly to: number; readonly inverted: boolean }
  readonly socketExists?: { readonly inverted: boolean }
}

/** xt_owner: without a socket every condition fails, so `!` conditions hold; a socket that no process holds has no ids. */
export const owner =
  ({ uids, gids, socketExists }: Owner): Holds =>
  ({ sender }) => {
    if (socketExists !== undefined && (sender !== undefined) === socketExists.inverted) return false
    return (
      idHolds(sender === undefined ? 'none' : sender.uid, uids, 'uid') ??
      idHolds(sender === undefined ? 'none' : sender.gid, gids, 'gid') ??
      true
    )
  }

/** Undefined when the condition does not stand in the way. */
const idHolds = (
  id: Sender['uid'],
  range: { readonly from: number; readonly to: number; readonly inverted: boolean } | undefined,
  what: string,
): boolean | Missing | undefined => {
  if (range === undefined) return undefined
  if (id === undefined) return missing('match', `${what} of the sending process`)
  const holds = id !== 'none' && id >= range.from && id <= range.to
  return holds === range.inverted ? false : undefined
}

/** `-m socket`: a socket of this namespace would take the packet. */
export const socketWould =
  (transparentOnly: boolean, anyListener: boolean): Holds =>
  (skb, { sockets }) => {
    const found = sockets.established(skb) ?? sockets.listening(skb, skb.dst, skb.dport)
    if (found === undefined) return false
    if (found.assumed === true) return missing('match', 'sockets of this namespace')
    if (!anyListener && found.peer === undefined && found.address === undefined) return false
    return !transparentOnly || found.transparent
  }

/** `-m rpfilter`: the way back leads out of the device the packet came by. */
export const reversePath =
  (loose: boolean, validMark: boolean, acceptLocal: boolean): Holds =>
  (skb, { kernel }) => {
    if (skb.iif === 'lo') return true
    const answer = kernel.routing[skb.family]?.lookup({
      dst: skb.src,
      src: skb.dst,
      mark: validMark ? skb.mark : 0,
      iif: 'lo',
      oif: undefined,
      uid: kernelUid,
      protocol: skb.protocol,
      sport: 0,
      dport: 0,
    })
    if (answer === undefined || answer.kind === 'unknown')
      return missing('routes', `way back to the source in ${kernel.name}`)
    if (answer.kind === 'none') return false
    const { type, hops } = answer.route
    if (type !== 'unicast' && !(type === 'local' && acceptLocal)) return false
    return loose || hops.some(({ dev }) => dev === skb.iif)
  }

import type { Evaluation, Fate } from '#redirection/fate.ts'
import { readIp, showEndpoint } from '#redirection/ip.ts'

/** One line of vectors.json, as far as it is compared. */
export interface Vector {
  readonly id: number
  readonly capture: string
  readonly case: string
  readonly netns: string
  readonly packet: {
    readonly proto: 'tcp' | 'udp' | 'icmp'
    readonly dst: string
    readonly src?: string
    readonly port?: number
    readonly mark?: number
    readonly uid?: number
  }
  readonly arrived_at: string
  readonly arrived: {
    readonly listener: string
    readonly local?: string | null
    readonly peer?: string
    readonly so_original_dst?: string | null
  } | null
  readonly outcome: string
  readonly client_local: string | null
}

/** What was seen, in one line that a prediction can equal. */
export const recorded = ({ arrived, arrived_at, packet }: Vector): string => {
  if (arrived === null) return arrived_at
  const parts = [arrived.listener, `peer ${arrived.peer}`]
  if (packet.proto === 'tcp') parts.push(`local ${arrived.local}`, `original ${arrived.so_original_dst ?? '-'}`)
  return parts.join(' ')
}

const endpoint = ({ address, port }: { readonly address: string; readonly port: number }): string => {
  const ip = readIp(address)
  return ip === undefined ? address : showEndpoint(ip, port)
}

/** `undefined` when the evaluator does not commit itself. */
export const predicted = ({ branches }: Evaluation, vector: Vector): string | undefined => {
  const said = new Set(branches.map(({ fate }) => saidOf(fate, vector)))
  return said.size === 1 ? [...said][0] : undefined
}

const saidOf = (fate: Fate, vector: Vector): string | undefined => {
  switch (fate.kind) {
    case 'undetermined':
      return undefined
    case 'refused':
      return 'refused'
    case 'lost':
      return 'timeout'
    case 'reset':
      return 'reset'
    case 'unreachable':
      return fate.error === 'net' ? 'oserror:Network is unreachable' : `oserror:${fate.error}`
    case 'leaves':
      return `leaves ${fate.netns} by ${fate.dev}`
    case 'arrives': {
      const { listener, local, peer, anyPort, conntrackDestination } = fate.at
      if (listener === undefined) return `echo-reply:${local.address}`
      const peerSeen = anyPort ? sameAddress(peer, vector) : endpoint(peer)
      const parts = [listener, `peer ${peerSeen}`]
      if (vector.packet.proto === 'tcp')
        parts.push(
          `local ${endpoint(local)}`,
          `original ${conntrackDestination === undefined ? '-' : endpoint(conntrackDestination)}`,
        )
      return parts.join(' ')
    }
  }
}

/** A port that was drawn at random: the recorded one stands for any. */
const sameAddress = (peer: { readonly address: string }, vector: Vector): string => {
  const port = Number(vector.arrived?.peer?.split(':').at(-1) ?? 0)
  return endpoint({ address: peer.address, port })
}

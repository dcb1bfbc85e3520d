import type { Json, Netns } from '#model/netfilter.ts'
import { isObject } from './nft/values.ts'

/** The user that a node's native nftables rules take for the kubelet (specs/redirection.md §1.7); undefined in other modes. */
export const kubeletUser = ({ nft }: Netns): number | undefined =>
  nft
    .filter(({ name }) => name === 'istio-ambient-nat')
    .flatMap(({ chains }) => chains.flatMap(({ rules }) => rules.flatMap(({ statements }) => statements)))
    .map(userOf)
    .find(user => user !== undefined)

const userOf = (statement: Json): number | undefined => {
  const match = isObject(statement) ? statement.match : undefined
  if (!isObject(match) || !isObject(match.left) || !isObject(match.left.meta)) return undefined
  return match.left.meta.key === 'skuid' && typeof match.right === 'number' ? match.right : undefined
}

import type { SocketAddress } from '#reason/address.ts'
import type { Steering } from './rules.ts'
import { decidingRule, rulesHit, waysFrom } from './rules.ts'
import { step } from './step.ts'
import type { Hop } from './trace.ts'
import { hop } from './trace.ts'
import type { World } from './world.ts'

/**
 * What a node's own rules do with a connection of its kubelet; undefined where they were not recorded, or leave open
 * where it goes. `lost`: on every way.
 */
export const captureFromNode = (
  world: World,
  node: string,
  to: SocketAddress,
): { readonly hop: Hop; readonly lost: boolean } | undefined => {
  const kernel = world.kernelOfNode(node)
  const [first, ...others] = kernel === undefined ? [] : waysFrom(kernel, to, { uid: world.kubeletUser(node) })
  if (first === undefined) return undefined
  const ends = new Set([first, ...others].map(endOf))
  const [end] = ends
  if (ends.size > 1 || end === undefined || end === 'open') return undefined
  const rule = decidingRule(first)
  return {
    lost: end === 'lost',
    hop: hop('redirect-out', { kind: 'node', name: node }, [
      step(
        'capture',
        {
          direction: 'out',
          outcome: end,
          why: end === 'exempt' ? 'probe-address' : 'rules',
          by: 'rules',
          ...(rule !== undefined && { rule }),
        },
        rulesHit(first),
      ),
    ]),
  }
}

const endOf = (steering: Steering): 'exempt' | 'passed' | 'lost' | 'open' => {
  switch (steering.fate.kind) {
    case 'leaves':
    case 'arrives':
      return steering.hits.some(isExemption) ? 'exempt' : 'passed'
    case 'lost':
    case 'unreachable':
      return 'lost'
    default:
      return 'open'
  }
}

/** The rule of istio-cni that rewrites the source (specs/redirection.md §1.7). */
const isExemption = ({ table, chain }: Steering['hits'][number]): boolean =>
  chain === 'ISTIO_POSTRT' || table === 'inet istio-ambient-nat'

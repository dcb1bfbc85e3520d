import type { EnvoySubject } from '#model/envoy.ts'
import type { Walk } from './walk.ts'
import type { Pod } from './world.ts'

/** The network of a proxy: Istio puts it into the node metadata, and its Gateway has the label. */
export const networkOf = ({ network, labels }: EnvoySubject): string | undefined =>
  network ?? labels['topology.istio.io/network']

/** All that are said to have the address, in the network that the connection is in. */
export const podsIn = ({ world, network }: Pick<Walk, 'world' | 'network'>, ip: string): readonly Pod[] =>
  world
    .podsAt(ip)
    .filter(({ workload }) => network === undefined || workload === undefined || workload.network === network)

import type { SocketAddress } from '#reason/address.ts'
import { socketText } from '#reason/address.ts'
import { arrivePlain } from './arrive-plain.ts'
import type { KubeEndpoint } from './kube-service.ts'
import { kubeProxy } from './kube-service.ts'
import type { Seen } from './step.ts'
import { step } from './step.ts'
import type { Hop, Path } from './trace.ts'
import { after, ends, forked, hop, undetermined } from './trace.ts'
import type { View, Walk } from './walk.ts'

/** Plain TCP from the client's node to an address: through kube-proxy when it is a Service's, then to whoever owns it. */
export const connectPlain = (walk: Walk, to: SocketAddress, peer: Seen, view: View): Path => {
  const node = nodeOf(walk)
  const virtual = kubeProxy(walk.world, to.ip, to.port, node)
  const address = socketText(to.ip, to.port)
  if (virtual.kind === 'none')
    return isMeshVip(walk, to.ip) ? undetermined('service-objects', address) : arrivePlain(walk, to, peer, view)
  if (virtual.kind === 'no-such-port') return undetermined('network-path', address)
  if (virtual.kind === 'slices-missing') return undetermined('service-objects', address)
  const service = `${virtual.port.service.namespace}/${virtual.port.service.name}`
  const place = { kind: 'node', name: node ?? '' } as const
  const proxied = (chosen?: KubeEndpoint): Hop =>
    hop(
      'kube-proxy',
      place,
      [
        step(
          'kube-proxy',
          {
            address,
            service,
            candidates: virtual.endpoints.length,
            ...(chosen !== undefined && { chosen: socketText(chosen.ip, chosen.port) }),
          },
          virtual.port.evidence,
        ),
      ],
      [{ about: 'kube-proxy', subject: service }],
    )
  if (virtual.endpoints.length === 0)
    return after(proxied(), ends({ kind: 'rejected', by: place, code: 'no-endpoints', clientSees: view.refused }))
  return forked(
    'load-balancing',
    virtual.endpoints.map(endpoint => {
      const seen = virtual.masquerades || isSelf(walk, endpoint) ? masqueraded(peer) : peer
      return {
        probability: 1 / virtual.endpoints.length,
        chose: socketText(endpoint.ip, endpoint.port),
        ...after(proxied(endpoint), arrivePlain({ ...walk, dialled: to }, endpoint, seen, view)),
      }
    }),
  )
}

const nodeOf = ({ source }: Walk): string | undefined =>
  source.kind === 'pod' ? source.pod.node : source.kind === 'node' ? source.node : undefined

const isMeshVip = ({ world }: Walk, ip: string): boolean =>
  !world.mesh.kubernetes.knows('Service') &&
  world.mesh.ztunnels.some(dump => dump.services.some(service => service.vips.some(vip => vip.ip === ip)))

const isSelf = ({ source }: Walk, { ip }: KubeEndpoint): boolean => source.kind === 'pod' && source.pod.ips.includes(ip)

const masqueraded = ({ identity }: Seen): Seen => (identity === undefined ? {} : { identity })

import type { World } from '#trace/world.ts'

export interface Target {
  readonly url: string
  readonly hasWaypoint: boolean
  /** The name or the address of a service: neither means anything outside the cluster. */
  readonly isService: boolean
}

/** Every service port, and every pod behind it by its address; of services in those namespaces, if any are named. */
export const targetsOf = (world: World, namespaces: ReadonlySet<string> | undefined): readonly Target[] => {
  const services = new Map(
    world.mesh.ztunnels
      .flatMap(({ services }) => services)
      .map(service => [`${service.namespace}/${service.hostname}`, service]),
  )
  // What a search domain makes of a name is known only where the Services are.
  const byName = world.mesh.kubernetes.knows('Service')
  const podsByUid = new Map(world.pods.map(pod => [pod.workload?.uid ?? '', pod]))
  const found = new Map<string, Target>()
  for (const service of services.values()) {
    if (namespaces !== undefined && !namespaces.has(service.namespace)) continue
    if (service.ports.has(15008)) continue
    const hasWaypoint = service.waypoint !== undefined
    for (const [port, targetPort] of service.ports) {
      for (const host of byName ? [service.hostname] : service.vips.slice(0, 1).map(({ ip }) => ip)) {
        const url = urlOf(host, port)
        if (service.vips.length > 0) found.set(url, { url, hasWaypoint, isService: true })
      }
      for (const endpoint of service.endpoints) {
        const [ip] = podsByUid.get(endpoint.workloadUid)?.ips ?? []
        const at = endpoint.ports.get(port) ?? targetPort
        if (ip === undefined || at === 0) continue
        const url = urlOf(ip, at)
        found.set(url, { url, hasWaypoint: hasWaypoint || found.get(url)?.hasWaypoint === true, isService: false })
      }
    }
  }
  return [...found.values()]
}

const urlOf = (host: string, port: number): string => `http://${host.includes(':') ? `[${host}]` : host}:${port}/`

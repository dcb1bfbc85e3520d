import { refOf } from '#model/kubernetes.ts'
import { defineCheck } from '../check.ts'
import { cite, citeRecord, recordRef } from '../cite.ts'
import { ztunnelIndexes } from '../ztunnels.ts'

export default defineCheck({
  code: 'AMB046',
  title: 'A ServiceEntry takes the host of another service',
  severity: 'warning',
  means:
    'Clients of the namespace of the ServiceEntry resolve the name to it; all others go on with the other service.',
  causes: ['a ServiceEntry with the host of a Service, or two of them in different namespaces with one host'],
  fix: 'Give the ServiceEntry a host of its own, or remove it.',
  *find(world) {
    const [index] = ztunnelIndexes(world)
    for (const [hostname, services] of index?.servicesByHostname ?? []) {
      const namespaces = new Set(services.map(({ namespace }) => namespace))
      if (index === undefined || namespaces.size < 2) continue
      const entry = services
        .map(({ namespace }) =>
          world.mesh.kubernetes
            .of('ServiceEntry')
            .find(
              one => one.namespace === namespace && Array.isArray(one.spec.hosts) && one.spec.hosts.includes(hostname),
            ),
        )
        .find(one => one !== undefined)
      const [first, ...others] = services
      if (first === undefined) continue
      yield {
        objects:
          entry === undefined
            ? [recordRef(first), ...others.map(recordRef)]
            : [refOf(entry), ...services.map(recordRef)],
        says: `${hostname} is claimed in ${[...namespaces].join(' and ')}`,
        evidence: [
          citeRecord(index.dump, first, '/hostname', hostname),
          ...others.map(other => citeRecord(index.dump, other, '/hostname', hostname)),
          ...(entry === undefined ? [] : [cite(entry, '/spec/hosts', hostname)]),
        ],
      }
    }
  },
})

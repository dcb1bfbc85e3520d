import { asRecord, list } from '#model/kubernetes.ts'
import type { Pod } from '#trace/world.ts'
import { defineCheck } from '../check.ts'
import { cite, podRef } from '../cite.ts'
import { podEvents } from '../events.ts'

const driver = 'csi.spiffe.io'

export default defineCheck({
  code: 'AMB047',
  title: 'A proxy waits for the socket of SPIRE',
  severity: 'error',
  means:
    'Without the socket the proxy does not start, or has no identity: nothing of its node or Gateway is let through.',
  causes: [`the CSI driver ${driver} or the SPIRE agent does not run on the node`],
  fix: `Run the SPIRE agent and the driver ${driver} on every node that has proxies.`,
  *find(world) {
    for (const { pod: about, reason, message, evidence } of podEvents(world)) {
      const pod = world.podNamed(about.namespace, about.name)
      const volume = pod === undefined ? undefined : volumeOf(pod)
      if (pod?.object === undefined || volume === undefined || pod.object.status.phase !== 'Pending') continue
      if (reason !== 'FailedMount' || !message.includes(driver)) continue
      yield {
        objects: [podRef(pod)],
        says: `pod ${pod.namespace}/${pod.name} cannot mount the socket of SPIRE: ${message}`,
        evidence: [evidence, cite(pod.object, `/spec/volumes/${volume}/csi/driver`, driver)],
      }
    }
  },
})

const volumeOf = ({ object }: Pod): number | undefined => {
  const index = list(object?.spec.volumes).findIndex(volume => asRecord(asRecord(volume).csi).driver === driver)
  return index < 0 ? undefined : index
}

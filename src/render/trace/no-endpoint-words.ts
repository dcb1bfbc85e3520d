import type { StepDetails } from '#trace/step.ts'

type NoEndpoint = StepDetails['no-endpoint']

/** Of one endpoint, and of several. */
const lostWords: Readonly<Record<keyof NoEndpoint['lost'], readonly [string, string]>> = {
  'unknown-workload': ['is of an unknown workload', 'are of unknown workloads'],
  unreachable: ['has no address', 'have no address'],
  'no-such-port': ['does not serve this port', 'do not serve this port'],
  'not-all-preferences': ['is not where the service must be called', 'are not where the service must be called'],
  'lower-rank': ['is farther than others', 'are farther than others'],
  'no-capacity': ['has capacity 0', 'have capacity 0'],
}

/** The ports that a service has, or what became of its endpoints. */
export const noEndpointText = ({ service, port, ports, lost, unhealthy }: NoEndpoint): string => {
  const counted = Object.entries(lost) as readonly (readonly [keyof typeof lost, number])[]
  const lacksPort = !ports.includes(port) && counted.every(([why]) => why === 'no-such-port')
  if (lacksPort) return `service ${service} has ${portsText({ port, ports })}`
  const total = counted.reduce((all, [, count]) => all + count, 0)
  const left = counted.map(([why, count]) => `${count} ${lostWords[why][count === 1 ? 0 : 1]}`)
  if (total > 1) return `none of ${total} endpoints of service ${service} may be used: ${left.join(', ')}`
  if (counted[0] !== undefined) return `the only endpoint of service ${service} ${lostWords[counted[0][0]][0]}`
  const why = unhealthy === 0 ? '' : `: ${unhealthy} ${unhealthy === 1 ? 'workload is' : 'workloads are'} not healthy`
  return `service ${service} has no endpoint${why}`
}

export const portsText = ({ port, ports }: { readonly port: number; readonly ports: readonly number[] }): string => {
  if (ports.length === 0) return 'no port'
  return ports.length === 1 ? `port ${ports[0]}, not ${port}` : `ports ${ports.join(', ')}; none is ${port}`
}

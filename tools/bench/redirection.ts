import { readFileSync } from 'node:fs'
import { Issues } from '../../src/decode/json/at.ts'
import { readIptables } from '../../src/decode/netfilter/iptables/save.ts'
import type { Netns } from '../../src/model/netfilter.ts'
import { prepareKernel } from '../../src/redirection/prepare/kernel.ts'
import { redirectIn, redirectOut } from '../../src/redirection/redirect.ts'
import { netnsFrom, recordingIn } from '../../test/netns/read.ts'
import { type Bench, interleaved } from './bench.ts'

const recorded = (name: string): Netns => netnsFrom(recordingIn(`fixtures/recorded/redirection/${name}`))

const services = 5000
const endpointsEach = 3
const ipOf = (base: string, index: number): string => `${base}.${index >> 8}.${index & 255}`

/** What kube-proxy writes for services with three endpoints each: about ten rules a service. */
const kubeProxyRules = (): string => {
  const chains: string[] = []
  const rules: string[] = []
  for (let service = 0; service < services; service++) {
    const svc = `KUBE-SVC-${service}`
    const comment = `-m comment --comment "shop/s${service}:http cluster IP"`
    chains.push(`:${svc} - [0:0]`)
    rules.push(`-A KUBE-SERVICES -d ${ipOf('10.96', service)}/32 -p tcp ${comment} -m tcp --dport 80 -j ${svc}`)
    for (let endpoint = 0; endpoint < endpointsEach; endpoint++) {
      const sep = `KUBE-SEP-${service}-${endpoint}`
      const left = endpointsEach - endpoint
      const chance = left === 1 ? '' : ` -m statistic --mode random --probability ${(1 / left).toFixed(11)}`
      const address = ipOf('10.244', service * endpointsEach + endpoint)
      chains.push(`:${sep} - [0:0]`)
      rules.push(`-A ${svc} ${comment}${chance} -j ${sep}`)
      rules.push(`-A ${sep} -s ${address}/32 ${comment} -j KUBE-MARK-MASQ`)
      rules.push(`-A ${sep} -p tcp ${comment} -m tcp -j DNAT --to-destination ${address}:8080`)
    }
  }
  const base = readFileSync('fixtures/recorded/redirection/host-probes-1.27/iptables-save.txt', 'utf8')
  return base
    .replace(/(:KUBE-SERVICES [^\n]*\n)/, `$1${chains.join('\n')}\n`)
    .replace('\nCOMMIT', `\n${rules.join('\n')}\nCOMMIT`)
}

/** A pod's own rules, and those of a node with many services (issue 5 §5). */
export const redirectionRules: Bench = {
  name: 'redirection',
  async run() {
    const pod = prepareKernel(recorded('inpod-dns-dualstack'), 'pod')
    const text = kubeProxyRules()
    const read = () =>
      readIptables(text, { file: 'iptables-save.txt', family: 4, backEnd: 'iptables-nft' }, new Issues('iptables-save'))
        .tables
    const node: Netns = { ...recorded('host-probes-1.27'), iptables: read() }
    const kernel = prepareKernel(node, 'node')
    const rounds = 9
    const fresh = Array.from({ length: rounds + 1 }, () => prepareKernel(node, 'node'))
    let asked = 0
    const ask = (of: typeof kernel, service: number) =>
      redirectOut(of, { protocol: 'tcp', to: ipOf('10.96', service), port: 80, uid: 0 })
    const batch = 1000
    const times = await interleaved(
      {
        packets: () => {
          for (let index = 0; index < batch; index += 2) {
            redirectOut(pod, { protocol: 'tcp', to: '10.96.0.50', port: 80 + index })
            redirectIn(pod, { protocol: 'tcp', from: '10.244.2.20', to: '10.244.1.10', port: 8080 + index })
          }
        },
        read: () => prepareKernel({ ...node, iptables: read() }, 'node'),
        first: () => ask(fresh.pop() ?? kernel, services - 1),
        answer: () => ask(kernel, (asked++ * 997) % services),
      },
      rounds,
    )
    const rules = node.iptables.reduce(
      (sum, { chains }) => sum + chains.reduce((all, of) => all + of.rules.length, 0),
      0,
    )
    return [
      {
        what: "packets through a pod's rules",
        value: (batch / times.packets) * 1000,
        unit: '/s',
        bound: { atLeast: 10_000 },
      },
      {
        what: `reading and preparing a node of ${services} services, ${rules} rules`,
        value: times.read,
        unit: 'ms',
        bound: { atMost: 1000 },
      },
      { what: 'its first packet, to the last service', value: times.first, unit: 'ms', bound: { atMost: 5 } },
      { what: 'a packet to one of its services', value: times.answer, unit: 'ms', bound: { atMost: 5 } },
    ]
  },
}

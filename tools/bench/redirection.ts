// Medians of the redirection budget: `node tools/run.mjs tools/bench/redirection.ts`.
import { readFileSync } from 'node:fs'
import { Issues } from '../../src/decode/json/at.ts'
import { readIptables } from '../../src/decode/netfilter/iptables/save.ts'
import type { Netns } from '../../src/model/netfilter.ts'
import { prepareKernel } from '../../src/redirection/prepare/kernel.ts'
import { redirectIn, redirectOut } from '../../src/redirection/redirect.ts'
import { netnsFrom, recordingIn } from '../../test/netns/read.ts'

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? 0

const timed = (work: () => void): number => {
  const start = performance.now()
  work()
  return performance.now() - start
}

const repeated = (times: number, work: (index: number) => void): number =>
  median(Array.from({ length: times }, (_, index) => timed(() => work(index))))

const podFolder = 'fixtures/recorded/redirection/inpod-dns-dualstack'

const packetsPerSecond = (): number => {
  const pod = prepareKernel(netnsFrom(recordingIn(podFolder)), 'pod')
  const batch = 1000
  const milliseconds = repeated(15, () => {
    for (let index = 0; index < batch; index += 2) {
      redirectOut(pod, { protocol: 'tcp', to: '10.96.0.50', port: 80 + index })
      redirectIn(pod, { protocol: 'tcp', from: '10.244.2.20', to: '10.244.1.10', port: 8080 + index })
    }
  })
  return (batch / milliseconds) * 1000
}

const services = 5000
const endpointsEach = 3
const ipOf = (base: string, index: number): string => `${base}.${index >> 8}.${index & 255}`

/** What kube-proxy writes for services with three endpoints each: about eight rules a service. */
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
      if (endpoint > 0) rules.push(`-A ${sep} -p tcp ${comment} -m tcp -j DNAT --to-destination ${address}:8080`)
      else rules.push(`-A ${sep} -p tcp -m tcp -j DNAT --to-destination ${address}:8080`)
    }
  }
  const base = readFileSync('fixtures/recorded/redirection/host-probes-1.27/iptables-save.txt', 'utf8')
  return base
    .replace(/(:KUBE-SERVICES [^\n]*\n)/, `$1${chains.join('\n')}\n`)
    .replace('\nCOMMIT', `\n${rules.join('\n')}\nCOMMIT`)
}

const text = kubeProxyRules()
const hints = { file: 'iptables-save.txt', family: 4, backEnd: 'iptables-nft' } as const
const parse = () => readIptables(text, hints, new Issues(hints.file))
const host = netnsFrom(recordingIn('fixtures/recorded/redirection/host-probes-1.27'))
const node: Netns = { ...host, iptables: parse().tables }
const ruleCount = node.iptables.reduce(
  (sum, { chains }) => sum + chains.reduce((all, { rules }) => all + rules.length, 0),
  0,
)
const kernel = prepareKernel(node, 'node')
const ask = (index: number) =>
  redirectOut(kernel, { protocol: 'tcp', to: ipOf('10.96', (index * 997) % services), port: 80, uid: 0 })

console.log(`in-pod rule set: ${Math.round(packetsPerSecond())} packets/s (budget 10000)`)
console.log(
  `node of ${services} services, ${ruleCount} rules: read in ${repeated(5, parse).toFixed(0)} ms (budget 1000)`,
)
console.log(
  `  prepared in ${repeated(5, () => prepareKernel(node, 'node')).toFixed(0)} ms, first packet ${timed(() => ask(services - 1)).toFixed(1)} ms`,
)
console.log(`  a packet to a service is answered in ${repeated(101, ask).toFixed(2)} ms (budget 5)`)

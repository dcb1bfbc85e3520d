import type { Issues } from '#decode/json/at.ts'
import type { Listener } from '#model/connections.ts'

export interface ReadSockets {
  readonly tcp: readonly Listener[] | undefined
  readonly udp: readonly Listener[] | undefined
}

/** `ss -lntup`. Without the Netid column only one protocol was asked for, and the name of the file tells which. */
export const readSockets = (text: string, issues: Issues): ReadSockets => {
  const [header = '', ...lines] = text.split('\n')
  const named = /^\s*Netid\b/.test(header)
  const only = /ss-[a-su-z]*u[a-su-z]*\b/.test(issues.file) ? 'udp' : 'tcp'
  const oldStyle = /\s:::(\d+|\*)\s/.test(text)
  const listeners = lines.flatMap((line, index) => {
    const words = line.trim().split(/\s+/)
    const protocol = named ? words.shift() : only
    const [state, , , local] = words
    if (line.trim() === '' || (state !== 'LISTEN' && state !== 'UNCONN')) return []
    if ((protocol !== 'tcp' && protocol !== 'udp') || local === undefined) return []
    const bound = readLocal(local, oldStyle)
    if (bound === undefined) {
      issues.add(`line ${index + 2}`, 'ADDRESS:PORT', local)
      return []
    }
    const evidence = { from: 'rule', file: issues.file, line: index + 2, text: line.trim() } as const
    return [{ protocol, ...bound, processes: processesIn(line), evidence } satisfies Listener]
  })
  const of = (protocol: 'tcp' | 'udp') =>
    named || only === protocol ? listeners.filter(listener => listener.protocol === protocol) : undefined
  return { tcp: of('tcp'), udp: of('udp') }
}

type Bound = Pick<Listener, 'family' | 'address' | 'port' | 'dualStack' | 'device'>

/** `127.0.0.1:53`, `127.0.0.53%lo:53`, `[::1]:53`, `*:8080`; before iproute2 4.14 `:::8080` was IPv6 and `*:8080` IPv4. */
const readLocal = (text: string, oldStyle: boolean): Bound | undefined => {
  const parts = /^(.*):(\d+)$/.exec(text)
  const [, host = ''] = parts ?? []
  const [bracketed = '', device] = host.split('%')
  const address = bracketed.replaceAll(/[[\]]/g, '')
  if (parts === null) return undefined
  const at = { port: Number(parts[2]), ...(device === undefined ? {} : { device: device.replace(']', '') }) }
  if (address === '*') return { family: oldStyle ? 4 : 6, dualStack: !oldStyle, ...at }
  if (address === '0.0.0.0') return { family: 4, dualStack: false, ...at }
  if (address === '::') return { family: 6, dualStack: oldStyle, ...at }
  if (!/^[\da-fA-F.:]+$/.test(address)) return undefined
  return { family: address.includes(':') ? 6 : 4, address, dualStack: false, ...at }
}

const processesIn = (line: string): Listener['processes'] =>
  [...line.matchAll(/\("((?:[^"\\]|\\.)*)",pid=(\d+)/g)].map(([, name = '', pid]) => ({ name, pid: Number(pid) }))

import { type Grammar, someAddress } from './iptables-grammar.ts'
import { addresses, marks, ports } from './world.ts'

type Base = Omit<Grammar, 'table' | 'hook' | 'family'>

interface ChainKind {
  readonly type: 'filter' | 'nat' | 'route'
  readonly hook: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting'
  readonly priorities: readonly number[]
}

const kinds: readonly ChainKind[] = [
  { type: 'filter', hook: 'prerouting', priorities: [-300, -150, -140] },
  { type: 'filter', hook: 'output', priorities: [-300] },
  { type: 'route', hook: 'output', priorities: [-150, -140] },
  { type: 'nat', hook: 'prerouting', priorities: [-100, -110] },
  { type: 'nat', hook: 'output', priorities: [-100] },
  { type: 'nat', hook: 'postrouting', priorities: [100, 90] },
  { type: 'filter', hook: 'input', priorities: [0] },
  { type: 'filter', hook: 'forward', priorities: [0] },
]

const hex = (value: number): string => `0x${value.toString(16)}`

const matches = (base: Base, family: 4 | 6, kind: ChainKind): { text: string; protocol: 'tcp' | 'udp' | undefined } => {
  const { random, devices } = base
  const own = family === 4 ? 'ip' : 'ip6'
  const op = () => (random.chance(0.3) ? '!= ' : '')
  const parts: string[] = []
  const maybe = (odds: number, text: () => string) => random.chance(odds) && parts.push(text())
  const seesIn = kind.hook === 'prerouting' || kind.hook === 'input' || kind.hook === 'forward'
  const seesOut = kind.hook === 'output' || kind.hook === 'postrouting' || kind.hook === 'forward'
  maybe(0.35, () => `${own} daddr ${op()}${someAddress({ random, family })}`)
  maybe(0.2, () => `${own} saddr ${op()}${someAddress({ random, family })}`)
  maybe(0.1, () => `${own} daddr { ${addresses[family].pod}, ${addresses[family].remote[0]} }`)
  if (seesIn) maybe(0.25, () => `iifname ${op()}"${random.pick(devices)}"`)
  if (seesOut) maybe(0.25, () => `oifname ${op()}"${random.pick(devices)}"`)
  maybe(0.3, () => `meta mark & 0xfff ${random.pick(['==', '!='])} ${hex(random.pick(marks) & 0xfff)}`)
  maybe(0.1, () => `meta mark ${op()}${hex(random.pick(marks))}`)
  if (kind.priorities[0] !== -300) {
    maybe(0.1, () => `ct mark & 0xfff ${random.pick(['==', '!='])} 0x111`)
    maybe(0.1, () => `ct state ${op()}${random.pick(['new', 'established', '{ established, related }'])}`)
  }
  if (kind.hook === 'output' || kind.hook === 'postrouting') maybe(0.06, () => `meta skuid ${op()}0`)
  const protocol = random.chance(0.75) ? random.pick(['tcp', 'tcp', 'udp'] as const) : undefined
  if (protocol !== undefined)
    parts.push(random.chance(0.6) ? `${protocol} dport ${op()}${portText(base)}` : `meta l4proto ${protocol}`)
  return { text: parts.join(' '), protocol }
}

const portText = ({ random }: Base): string =>
  random.chance(0.7)
    ? `${random.pick(ports)}`
    : random.chance(0.5)
      ? `{ 80, ${random.pick([8080, 15008])} }`
      : `8000-${random.pick([8080, 15010])}`

const statement = (base: Base, family: 4 | 6, kind: ChainKind, protocol: string | undefined): string => {
  const { random } = base
  const own = addresses[family]
  const ip = family === 4 ? 'ip' : 'ip6'
  if (random.chance(0.15)) return random.pick(['accept', 'return', 'drop', 'counter'])
  if (kind.type === 'nat' && kind.hook === 'postrouting')
    return random.chance(0.5) ? 'masquerade' : `snat ${ip} to ${random.pick([own.snat, own.gateway, own.node])}`
  if (kind.type === 'nat') {
    const to = random.pick([15001, 15006, 8080, 15053])
    if (protocol === undefined || random.chance(0.6)) return protocol === undefined ? 'accept' : `redirect to :${to}`
    return `dnat ${ip} to ${family === 4 ? own.remote[1] : `[${own.remote[1]}]`}:${to}`
  }
  if (kind.hook === 'prerouting' && kind.priorities[0] === -300)
    return random.chance(0.6) ? `ct zone set ${random.pick([1, 2])}` : 'notrack'
  if (kind.priorities[0] === -300) return random.chance(0.6) ? 'ct zone set 1' : 'accept'
  if (kind.type === 'filter' && kind.priorities[0] === 0) return random.pick(['accept', 'drop', 'reject', 'return'])
  return random.pick([
    'ct mark set ct mark & 0xfffff000 | 0x111',
    'meta mark set ct mark',
    `meta mark set ${hex(random.pick(marks))}`,
    'meta mark set meta mark | 0x100',
    'ct mark set meta mark',
    'accept',
  ])
}

/** A native ruleset: an inet or family table with base chains, chains below them, and a named set. */
export const nftText = (base: Base, name: string): string => {
  const { random } = base
  const family = random.pick(['inet', 'inet', 'ip', 'ip6'] as const)
  const lines = [`table ${family} ${name} {`]
  const families = family === 'inet' ? ([4, 6] as const) : family === 'ip' ? ([4] as const) : ([6] as const)
  for (const kind of kinds) {
    if (!random.chance(0.4)) continue
    const below = random.chance(0.5) ? `${kind.type}-${kind.hook}-${kind.priorities[0]}`.replace('--', '-m') : undefined
    const rules = (count: number) =>
      random.times(1, count, () => {
        const which = random.pick(families)
        const { text, protocol } = matches(base, which, kind)
        return `    ${text} ${statement(base, which, kind, protocol)}`
      })
    if (below !== undefined) lines.push(`  chain ${below} {`, ...rules(3), '  }')
    lines.push(`  chain ${kind.type}_${kind.hook}_${Math.abs(kind.priorities[0] ?? 0)} {`)
    lines.push(`    type ${kind.type} hook ${kind.hook} priority ${random.pick(kind.priorities)}; policy accept;`)
    lines.push(...rules(2))
    if (below !== undefined) lines.push(`    ${random.pick(['jump', 'jump', 'goto'])} ${below}`)
    lines.push('  }')
  }
  return [...lines, '}', ''].join('\n')
}

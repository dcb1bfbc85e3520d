import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { KubernetesObject } from '#model/kubernetes.ts'
import { crossNetwork } from '#trace/network-policy.ts'
import { resolveSource } from '#trace/source.ts'
import type { Path } from '#trace/trace.ts'
import { ends } from '#trace/trace.ts'
import { object, pod, worldWith } from './objects.ts'

type Labels = Readonly<Record<string, string>>

const labelled = (found: KubernetesObject, labels: Labels): KubernetesObject => ({ ...found, labels })
const space = (name: string, labels: Labels = {}) => labelled(object('Namespace', '', name), labels)
const policy = (name: string, spec: Record<string, unknown>, namespace = 'shop') =>
  object('NetworkPolicy', namespace, name, { spec, apiVersion: 'networking.k8s.io/v1' })

const passed: Path = ends({
  kind: 'rejected',
  by: { kind: 'pod', name: '' },
  code: 'network-policy',
  clientSees: { kind: 'refused' },
})

/** `passes`, `blocked`, or what is missing. */
const verdict = (objects: readonly KubernetesObject[], from: string, ip: string, port: number): string => {
  const world = worldWith(...objects)
  const path = crossNetwork(
    { world, source: resolveSource(world, from) },
    { ip, port },
    crossing => ({ hops: [crossing], end: passed.end }),
    () => passed,
  )
  if (path.end.kind === 'undetermined')
    return path.end.missing.map(({ what, subject }) => `${what}: ${subject}`).join('; ')
  const steps = path.hops.flatMap(hop => hop.steps)
  return steps.some(step => step.kind === 'network-policy' && !step.detail.allowed) ? 'blocked' : 'passes'
}

const shop = space('shop', { team: 'a' })
const pay = space('pay', { team: 'b' })
const web = labelled(pod('shop', 'web', '10.0.0.1'), { app: 'web', track: 'stable' })
const cart: KubernetesObject = {
  ...labelled(pod('shop', 'cart', '10.0.0.2'), { app: 'cart' }),
  spec: {
    nodeName: 'n2',
    containers: [
      {
        ports: [
          { name: 'http', containerPort: 8080 },
          { name: 'dns', containerPort: 53, protocol: 'UDP' },
        ],
      },
      { ports: [{ name: 'admin', containerPort: 9000 }] },
    ],
    initContainers: [
      { ports: [{ name: 'once', containerPort: 7000 }] },
      { restartPolicy: 'Always', ports: [{ name: 'metrics', containerPort: 9090 }] },
    ],
  },
}
const ledger = labelled(pod('pay', 'ledger', '10.0.1.1'), { app: 'ledger' })
const mesh = [shop, pay, web, cart, ledger]
const cartIngress = (...ingress: readonly unknown[]) =>
  policy('cart', { podSelector: { matchLabels: { app: 'cart' } }, ingress })

describe('a NetworkPolicy', () => {
  test.each<[string, unknown, number, string]>([
    ['no rules at all', undefined, 8080, 'blocked'],
    ['an empty rule', {}, 15008, 'passes'],
    ['empty lists', { from: [], ports: [] }, 15008, 'passes'],
    ['another port', { ports: [{ port: 8080 }] }, 15008, 'blocked'],
    ['the same port of UDP', { ports: [{ port: 15008, protocol: 'UDP' }] }, 15008, 'blocked'],
    [
      'the same port of UDP and of TCP',
      { ports: [{ port: 15008, protocol: 'UDP' }, { port: 15008 }] },
      15008,
      'passes',
    ],
    ['every port of TCP', { ports: [{ protocol: 'TCP' }] }, 15008, 'passes'],
    ['a range up to the port', { ports: [{ port: 15000, endPort: 15008 }] }, 15008, 'passes'],
    ['a range that ends before', { ports: [{ port: 15000, endPort: 15007 }] }, 15008, 'blocked'],
    ['a range that begins after', { ports: [{ port: 15009, endPort: 15020 }] }, 15008, 'blocked'],
    ['a named port', { ports: [{ port: 'http' }] }, 8080, 'passes'],
    ['a named port of the second container', { ports: [{ port: 'admin' }] }, 9000, 'passes'],
    ['a named port of a sidecar that goes on running', { ports: [{ port: 'metrics' }] }, 9090, 'passes'],
    ['a named port of an init container that is over', { ports: [{ port: 'once' }] }, 7000, 'blocked'],
    ['a named port of UDP', { ports: [{ port: 'dns' }] }, 53, 'blocked'],
    ['a named port, and not the tunnel', { ports: [{ port: 'http' }] }, 15008, 'blocked'],
    ['a block around the client', { from: [{ ipBlock: { cidr: '10.0.0.0/24' } }] }, 15008, 'passes'],
    [
      'a block that leaves the client out',
      { from: [{ ipBlock: { cidr: '10.0.0.0/24', except: ['10.0.0.0/30'] } }] },
      15008,
      'blocked',
    ],
    [
      'a block that leaves others out',
      { from: [{ ipBlock: { cidr: '10.0.0.0/24', except: ['10.0.0.128/25'] } }] },
      15008,
      'passes',
    ],
    [
      'two blocks, one of which has the client',
      { from: [{ ipBlock: { cidr: '10.0.0.0/24', except: ['10.0.0.1/32'] } }, { ipBlock: { cidr: '10.0.0.1/32' } }] },
      15008,
      'passes',
    ],
    ['pods of its namespace', { from: [{ podSelector: { matchLabels: { app: 'web' } } }] }, 15008, 'passes'],
    ['pods of another namespace', { from: [{ namespaceSelector: { matchLabels: { team: 'b' } } }] }, 15008, 'blocked'],
    [
      'a namespace by its name',
      { from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } }] },
      15008,
      'passes',
    ],
    [
      'pods and namespace in one entry',
      { from: [{ namespaceSelector: { matchLabels: { team: 'b' } }, podSelector: { matchLabels: { app: 'web' } } }] },
      15008,
      'blocked',
    ],
    [
      'pods or namespace in two entries',
      {
        from: [{ namespaceSelector: { matchLabels: { team: 'b' } } }, { podSelector: { matchLabels: { app: 'web' } } }],
      },
      15008,
      'passes',
    ],
    [
      'In',
      { from: [{ podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['x', 'web'] }] } }] },
      15008,
      'passes',
    ],
    [
      'NotIn',
      { from: [{ podSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] } }] },
      15008,
      'blocked',
    ],
    [
      'NotIn of an absent key',
      { from: [{ podSelector: { matchExpressions: [{ key: 'none', operator: 'NotIn', values: ['x'] }] } }] },
      15008,
      'passes',
    ],
    [
      'Exists',
      { from: [{ podSelector: { matchExpressions: [{ key: 'track', operator: 'Exists' }] } }] },
      15008,
      'passes',
    ],
    [
      'DoesNotExist',
      { from: [{ podSelector: { matchExpressions: [{ key: 'track', operator: 'DoesNotExist' }] } }] },
      15008,
      'blocked',
    ],
  ])('of ingress with %s', (_, rule, port, expected) => {
    const rules = rule === undefined ? [] : [rule]
    expect(verdict([...mesh, cartIngress(...rules)], 'shop/web', '10.0.0.2', port)).toBe(expected)
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['no types and no rules of egress', { podSelector: {} }, 'passes'],
    ['no types and an empty list of egress', { podSelector: {}, egress: [] }, 'passes'],
    ['no types and egress elsewhere', { podSelector: {}, egress: [{ ports: [{ port: 1 }] }] }, 'blocked'],
    ['the type Egress alone', { podSelector: {}, policyTypes: ['Egress'] }, 'blocked'],
    [
      'the type Ingress, in spite of its rules',
      { podSelector: {}, policyTypes: ['Ingress'], egress: [{ ports: [{ port: 1 }] }] },
      'passes',
    ],
    ['the named port of the receiver', { podSelector: {}, egress: [{ ports: [{ port: 'http' }] }] }, 'passes'],
    [
      'a block that leaves the receiver out',
      { podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.2/32'] } }] }] },
      'blocked',
    ],
  ])('of the sender with %s', (_, spec, expected) => {
    const ofWeb = policy('web', { ...spec, podSelector: { matchLabels: { app: 'web' } } })
    expect(verdict([...mesh, ofWeb], 'shop/web', '10.0.0.2', 8080)).toBe(expected)
  })

  test('of another namespace does not govern', () => {
    expect(verdict([...mesh, policy('all', { podSelector: {} }, 'pay')], 'shop/web', '10.0.0.2', 8080)).toBe('passes')
  })

  test('is one of a union: what one allows is allowed', () => {
    const both = [cartIngress(), cartIngress({ ports: [{ port: 15008 }] })].map((one, at) => ({
      ...one,
      name: `p${at}`,
    }))
    expect(verdict([...mesh, ...both], 'shop/web', '10.0.0.2', 15008)).toBe('passes')
  })

  test('keeps no pod from itself, and no process of a node from its own pods', () => {
    const node = object('Node', '', 'n2', { status: { addresses: [{ type: 'InternalIP', address: '172.18.0.3' }] } })
    expect(verdict([...mesh, cartIngress()], 'shop/cart', '10.0.0.2', 8080)).toBe('passes')
    expect(verdict([...mesh, node, cartIngress()], 'node/n2', '10.0.0.2', 8080)).toBe('passes')
    expect(verdict([...mesh, node, cartIngress()], 'node/n1', '10.0.0.2', 8080)).toMatch(/blocked/)
  })
})

describe('what nobody told', () => {
  const byTeam = cartIngress({ from: [{ namespaceSelector: { matchLabels: { team: 'a' } } }] })

  test('the labels of a namespace that was not collected', () => {
    expect(verdict([web, cart, byTeam], 'shop/web', '10.0.0.2', 15008)).toBe(
      'network-policy-facts: whether the labels of namespace shop fit a selector',
    )
    expect(verdict([web, cart, byTeam, cartIngress({})], 'shop/web', '10.0.0.2', 15008)).toBe('passes')
  })

  test('the address of a client outside', () => {
    const ofBlock = cartIngress({ from: [{ ipBlock: { cidr: '198.51.100.0/24' } }] })
    expect(verdict([...mesh, ofBlock], 'external', '10.0.0.2', 8080)).toMatch(
      /^network-policy-facts: .*198\.51\.100\.0\/24/,
    )
    const ofAll = cartIngress({ from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] })
    expect(verdict([...mesh, ofAll], 'external', '10.0.0.2', 8080)).toBe('passes')
  })
})

describe('a policy of a kind that is not evaluated', () => {
  const foreign = (
    kind: string,
    namespace: string,
    spec: Record<string, unknown>,
    rest: Partial<KubernetesObject> = {},
  ) => object(kind, namespace, 'x', { spec, ...rest })
  const subject = { pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: 'cart' } } } }
  const calico = { apiVersion: 'crd.projectcalico.org/v1' }
  const unread = (kind: string, name = 'x') => `foreign-network-policy: ${kind} ${name}`

  test.each<[string, KubernetesObject, string]>([
    [
      'denies',
      foreign('AdminNetworkPolicy', '', { subject, ingress: [{ action: 'Deny' }] }),
      unread('AdminNetworkPolicy'),
    ],
    [
      'only allows',
      foreign('AdminNetworkPolicy', '', { subject, ingress: [{ action: 'Allow' }, { action: 'Pass' }] }),
      'passes',
    ],
    ['speaks of egress', foreign('AdminNetworkPolicy', '', { subject, egress: [{ action: 'Deny' }] }), 'passes'],
    [
      'selects others',
      foreign('AdminNetworkPolicy', '', {
        subject: { namespaces: { matchLabels: { team: 'b' } } },
        ingress: [{ action: 'Deny' }],
      }),
      'passes',
    ],
    [
      'is a baseline',
      foreign('BaselineAdminNetworkPolicy', '', { subject, ingress: [{ action: 'Deny' }] }),
      unread('BaselineAdminNetworkPolicy'),
    ],
    [
      'is of the cluster',
      foreign(
        'ClusterNetworkPolicy',
        '',
        { tier: 'Admin', subject, ingress: [{ action: 'Deny' }] },
        { apiVersion: 'policy.networking.k8s.io/v1alpha2' },
      ),
      unread('ClusterNetworkPolicy'),
    ],
    [
      'is of another project',
      foreign(
        'ClusterNetworkPolicy',
        '',
        { tier: 'Admin', subject, ingress: [{ action: 'Deny' }] },
        { apiVersion: 'crd.antrea.io/v1beta1' },
      ),
      'passes',
    ],
    [
      'is of Cilium',
      foreign('CiliumNetworkPolicy', 'shop', {
        endpointSelector: { matchLabels: { 'k8s:app': 'cart' } },
        ingress: [{}],
      }),
      unread('CiliumNetworkPolicy', 'shop/x'),
    ],
    [
      'is of Cilium, in a list',
      foreign(
        'CiliumNetworkPolicy',
        'shop',
        {},
        {
          raw: {
            specs: [
              { endpointSelector: {}, egress: [{}] },
              { endpointSelector: { matchExpressions: [{ key: 'any:app', operator: 'Exists' }] }, ingressDeny: [{}] },
            ],
          },
        },
      ),
      unread('CiliumNetworkPolicy', 'shop/x'),
    ],
    [
      'is of Cilium and adds to what is allowed',
      foreign('CiliumNetworkPolicy', 'shop', {
        endpointSelector: {},
        enableDefaultDeny: { ingress: false },
        ingress: [{}],
      }),
      'passes',
    ],
    [
      'is of Cilium, for a namespace',
      foreign('CiliumClusterwideNetworkPolicy', '', {
        endpointSelector: { matchLabels: { 'io.cilium.k8s.namespace.labels.team': 'b' } },
        ingress: [{}],
      }),
      'passes',
    ],
    [
      'is of Cilium, for nodes',
      foreign('CiliumClusterwideNetworkPolicy', '', { nodeSelector: {}, ingress: [{}] }),
      'passes',
    ],
    [
      'is of Calico',
      foreign('NetworkPolicy', 'shop', { selector: "app == 'cart'" }, calico),
      unread('NetworkPolicy', 'shop/x'),
    ],
    [
      'is of Calico, for others',
      foreign('NetworkPolicy', 'shop', { selector: "app == 'web'", types: ['Ingress'] }, calico),
      'passes',
    ],
    [
      'is of Calico, in words that are not read',
      foreign('GlobalNetworkPolicy', '', { selector: 'has(app)', types: ['Ingress'] }),
      unread('GlobalNetworkPolicy'),
    ],
  ])('that %s', (_, foreignPolicy, expected) => {
    expect(verdict([...mesh, foreignPolicy], 'shop/web', '10.0.0.2', 15008)).toBe(expected)
  })

  test('may let through what a NetworkPolicy drops, and a baseline may not', () => {
    const allow = foreign('AdminNetworkPolicy', '', { subject, ingress: [{ action: 'Allow' }] })
    const deny = foreign('AdminNetworkPolicy', '', { subject, ingress: [{ action: 'Deny' }] })
    const baseline = foreign('BaselineAdminNetworkPolicy', '', {
      subject,
      ingress: [{ action: 'Allow' }, { action: 'Deny' }],
    })
    const of = (...more: readonly KubernetesObject[]) => verdict([...mesh, ...more], 'shop/web', '10.0.0.2', 15008)
    expect(of(cartIngress(), allow)).toBe(unread('AdminNetworkPolicy'))
    expect(of(cartIngress(), deny)).toBe('blocked')
    expect(of(cartIngress(), baseline)).toBe('blocked')
    expect(of(cartIngress({}), baseline)).toBe('passes')
  })

  test('leaves what another border blocks blocked', () => {
    const webOut = policy('web', { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Egress'] })
    const deny = foreign('AdminNetworkPolicy', '', { subject, ingress: [{ action: 'Deny' }] })
    expect(verdict([...mesh, webOut, deny], 'shop/web', '10.0.0.2', 15008)).toBe('blocked')
  })
})

/** A second reading of the rules of Kubernetes: what each rule lets through is written out, then looked up. */
interface Place {
  readonly namespace: string
  readonly name: string
  readonly ip: string
  readonly labels: Labels
  readonly ports: Readonly<Record<string, number>>
}

const spaces: Readonly<Record<string, Labels>> = { a: { team: 'x' }, b: { team: 'y', kind: 'z' } }
const places: readonly Place[] = [
  { namespace: 'a', name: 'p1', ip: '10.0.0.1', labels: { app: 'web' }, ports: { http: 8080 } },
  {
    namespace: 'a',
    name: 'p2',
    ip: '10.0.0.2',
    labels: { app: 'db', tier: 'back' },
    ports: { http: 8081, admin: 9000 },
  },
  { namespace: 'b', name: 'p3', ip: '10.0.1.1', labels: { app: 'web', tier: 'back' }, ports: { admin: 8080 } },
  { namespace: 'b', name: 'p4', ip: '10.0.1.2', labels: {}, ports: {} },
]
const numbers = [8079, 8080, 8081, 9000, 15008]

interface Selector {
  readonly matchLabels?: Labels
  readonly matchExpressions?: readonly {
    readonly key: string
    readonly operator: string
    readonly values?: readonly string[]
  }[]
}
interface Peer {
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] }
  readonly podSelector?: Selector
  readonly namespaceSelector?: Selector
}
interface PortEntry {
  readonly protocol?: string
  readonly port?: number | string
  readonly endPort?: number
}
interface Rule {
  readonly peers?: readonly Peer[]
  readonly ports?: readonly PortEntry[]
}
interface Written {
  readonly namespace: string
  readonly podSelector: Selector
  readonly policyTypes?: readonly string[]
  readonly ingress?: readonly Rule[]
  readonly egress?: readonly Rule[]
}

const fits = ({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean => {
  for (const key of Object.keys(matchLabels)) if (labels[key] !== matchLabels[key]) return false
  for (const { key, operator, values = [] } of matchExpressions) {
    const has = key in labels
    const among = has && values.some(value => value === labels[key])
    if (operator === 'In' && !among) return false
    if (operator === 'NotIn' && among) return false
    if (operator === 'Exists' && !has) return false
    if (operator === 'DoesNotExist' && has) return false
  }
  return true
}

const prefixes: Readonly<Record<string, string>> = {
  '10.0.0.0/24': '10.0.0.',
  '10.0.1.0/24': '10.0.1.',
  '10.0.0.0/8': '10.',
}
const within = (block: string, ip: string): boolean =>
  block.endsWith('/32') ? block === `${ip}/32` : ip.startsWith(prefixes[block] ?? '?')

const standsFor = (peer: Peer, home: string): readonly Place[] =>
  places.filter(place => {
    if (peer.ipBlock !== undefined)
      return within(peer.ipBlock.cidr, place.ip) && (peer.ipBlock.except ?? []).every(inner => !within(inner, place.ip))
    const isHere =
      peer.namespaceSelector === undefined
        ? place.namespace === home
        : fits(peer.namespaceSelector, spaces[place.namespace] ?? {})
    return isHere && fits(peer.podSelector ?? {}, place.labels)
  })

const portsOf = (entries: readonly PortEntry[] | undefined, receiver: Place): readonly number[] =>
  entries === undefined || entries.length === 0
    ? numbers
    : entries.flatMap(({ protocol, port, endPort }) => {
        if (protocol === 'UDP') return []
        if (port === undefined) return numbers
        const first = typeof port === 'string' ? receiver.ports[port] : port
        return first === undefined ? [] : numbers.filter(one => one >= first && one <= (endPort ?? first))
      })

const allowedBy = (policies: readonly Written[], from: Place, to: Place, port: number): boolean =>
  from === to ||
  (['egress', 'ingress'] as const).every(direction => {
    const [self, other] = direction === 'egress' ? [from, to] : [to, from]
    const isolating = policies.filter(({ namespace, podSelector, policyTypes, egress }) => {
      const types = policyTypes ?? (egress !== undefined && egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'])
      return (
        namespace === self.namespace &&
        fits(podSelector, self.labels) &&
        types.includes(direction === 'egress' ? 'Egress' : 'Ingress')
      )
    })
    if (isolating.length === 0) return true
    return isolating.some(one =>
      (one[direction] ?? []).some(({ peers, ports }) => {
        const who =
          peers === undefined || peers.length === 0 ? places : peers.flatMap(peer => standsFor(peer, one.namespace))
        return who.includes(other) && portsOf(ports, to).includes(port)
      }),
    )
  })

const selector = fc.record(
  {
    matchLabels: fc.record(
      { app: fc.constantFrom('web', 'db'), team: fc.constantFrom('x', 'y') },
      { requiredKeys: [] },
    ),
    matchExpressions: fc.array(
      fc.record({
        key: fc.constantFrom('app', 'tier', 'team', 'kind'),
        operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
        values: fc.subarray(['web', 'db', 'back', 'x', 'y']),
      }),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
)
const block = fc.constantFrom('10.0.0.0/24', '10.0.1.0/24', '10.0.0.0/8', '10.0.0.1/32', '10.0.1.2/32')
const peer = fc.oneof(
  fc.record({
    ipBlock: fc.record({ cidr: block, except: fc.array(block, { maxLength: 2 }) }, { requiredKeys: ['cidr'] }),
  }),
  fc.record({ podSelector: selector, namespaceSelector: selector }, { requiredKeys: [] }),
)
const portEntry: fc.Arbitrary<PortEntry> = fc.oneof(
  fc.record(
    {
      port: fc.constantFrom(8080, 8081, 15008),
      endPort: fc.constantFrom(8081, 9000, 15010),
      protocol: fc.constantFrom('TCP', 'UDP'),
    },
    { requiredKeys: ['port'] },
  ),
  fc.record(
    { port: fc.constantFrom('http', 'admin', 'none'), protocol: fc.constant('TCP') },
    { requiredKeys: ['port'] },
  ),
  fc.record({ protocol: fc.constantFrom('TCP', 'UDP') }),
)
const rule = fc.record(
  { peers: fc.array(peer, { maxLength: 2 }), ports: fc.array(portEntry, { maxLength: 2 }) },
  { requiredKeys: [] },
)
const written: fc.Arbitrary<Written> = fc.record(
  {
    namespace: fc.constantFrom('a', 'b'),
    podSelector: selector,
    policyTypes: fc.subarray(['Ingress', 'Egress'], { minLength: 1 }),
    ingress: fc.array(rule, { maxLength: 2 }),
    egress: fc.array(rule, { maxLength: 2 }),
  },
  { requiredKeys: ['namespace', 'podSelector'] },
)

test('agrees with a second reading of the rules of Kubernetes', () => {
  const objectOf = ({ namespace, ingress, egress, ...spec }: Written, index: number) =>
    policy(
      `p${index}`,
      {
        ...spec,
        ...(ingress !== undefined && { ingress: ingress.map(({ peers, ports }) => ({ from: peers, ports })) }),
        ...(egress !== undefined && { egress: egress.map(({ peers, ports }) => ({ to: peers, ports })) }),
      },
      namespace,
    )
  const around = [
    ...Object.entries(spaces).map(([name, labels]) => space(name, labels)),
    ...places.map(({ namespace, name, ip, labels, ports }) => ({
      ...labelled(pod(namespace, name, ip), labels),
      spec: {
        nodeName: name,
        containers: [{ ports: Object.entries(ports).map(([port, containerPort]) => ({ name: port, containerPort })) }],
      },
    })),
  ]
  fc.assert(
    fc.property(
      fc.array(written, { maxLength: 4 }),
      fc.constantFrom(...places),
      fc.constantFrom(...places),
      fc.constantFrom(...numbers),
      (policies, from, to, port) => {
        const found = verdict([...around, ...policies.map(objectOf)], `${from.namespace}/${from.name}`, to.ip, port)
        expect(found).toBe(allowedBy(policies, from, to, port) ? 'passes' : 'blocked')
      },
    ),
    { numRuns: 3000 },
  )
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Issues } from '#decode/json/at.ts'
import { readNftJson } from '#decode/netfilter/nft/json.ts'
import { readNftText } from '#decode/netfilter/nft/text.ts'
import type { Json, NftTable } from '#model/netfilter.ts'
import { nftRuleText } from '#model/nft-text.ts'
import { recorded } from './recorded.ts'

const readText = (text: string) => {
  const issues = new Issues('nft.txt')
  return { tables: readNftText(text, issues), issues: issues.list }
}

const statementsOf = (rule: string): readonly Json[] =>
  readText(`table inet t {\n\tchain c {\n\t\t${rule}\n\t}\n}\n`).tables[0]?.chains[0]?.rules[0]?.statements ?? []

const outline = (tables: readonly NftTable[]) =>
  tables.map(({ family, name, chains, sets }) => ({
    family,
    name,
    chains: chains.map(({ name, base, rules }) => ({
      name,
      base,
      rules: rules.map(rule => nftRuleText(rule.statements)),
    })),
    sets: sets.map(({ name, type, elements }) => ({ name, type, elements })),
  }))

describe('nft list ruleset', () => {
  const both = recorded(/^nft-ruleset\.txt$/).flatMap(text => {
    const json = recorded(/^nft-ruleset\.json$/).find(({ path }) => path === text.path.replace('.txt', '.json'))
    return json === undefined || text.text.trim() === '' ? [] : [{ path: text.path, text: text.text, json: json.text }]
  })

  test.each(both)('$path: text and JSON tell the same of native tables', ({ text, json }) => {
    const native = (tables: readonly NftTable[]) => outline(tables.filter(({ family }) => family === 'inet'))
    const { tables } = readText(text)
    expect(native(tables)).toEqual(native(readNftJson(JSON.parse(json), new Issues('nft.json'))))
  })

  test.each(recorded(/^nft-ruleset\.txt$/).filter(({ text }) => text.includes('inet')))(
    '$path: a rule printed and read again is the same rule',
    ({ text }) => {
      for (const { family, chains } of readText(text).tables)
        for (const { rules } of chains)
          for (const { statements } of rules) {
            const printed = nftRuleText(statements)
            if (family === 'inet') expect(nftRuleText(statementsOf(printed))).toBe(printed)
          }
    },
  )

  test('chains know their hook, priority and policy', () => {
    const { tables } = readText(
      'table ip t {\n chain c {\n type nat hook output priority dstnat + 5; policy drop;\n }\n}',
    )
    expect(tables[0]?.chains[0]?.base).toEqual({ type: 'nat', hook: 'output', priority: -95, policy: 'drop' })
  })

  test('the commands that made a ruleset give its tables', () => {
    const [input] = recorded(/^nft-input\.nft$/)
    const { tables, issues } = readText(input?.text ?? '')
    expect(issues).toEqual([])
    expect(tables[0]?.chains.find(({ name }) => name === 'postrouting')?.rules).toHaveLength(2)
    expect(tables[0]?.sets[0]?.elements).toEqual([
      { elem: { val: '10.244.1.10', comment: '6f1c2d1e-0d0b-4f6e-9f5c-2c1f8b0a7c11' } },
    ])
  })
})

describe('statements take the shape of nft -j', () => {
  const mark = { meta: { key: 'mark' } }
  test.each<[string, readonly Json[]]>([
    [
      'meta mark & 0x00000fff != 0x00000539 accept',
      [{ match: { op: '!=', left: { '&': [mark, 4095] }, right: 1337 } }, { accept: null }],
    ],
    [
      'ct state established,related accept',
      [{ match: { op: 'in', left: { ct: { key: 'state' } }, right: ['established', 'related'] } }, { accept: null }],
    ],
    [
      'ip daddr { 10.0.0.1, 10.1.0.0/16, 10.2.0.1-10.2.0.9 } drop',
      [
        {
          match: {
            op: '==',
            left: { payload: { protocol: 'ip', field: 'daddr' } },
            right: {
              set: ['10.0.0.1', { prefix: { addr: '10.1.0.0', len: 16 } }, { range: ['10.2.0.1', '10.2.0.9'] }],
            },
          },
        },
        { drop: null },
      ],
    ],
    [
      'meta l4proto tcp dnat ip to 10.0.0.1:8080',
      [
        { match: { op: '==', left: { meta: { key: 'l4proto' } }, right: 'tcp' } },
        { dnat: { family: 'ip', addr: '10.0.0.1', port: 8080 } },
      ],
    ],
    ['dnat ip6 to [fd00::1]:80', [{ dnat: { family: 'ip6', addr: 'fd00::1', port: 80 } }]],
    [
      'ip daddr . tcp dport vmap { 10.0.0.1 . 80 : jump web, 10.0.0.2 . 81 : drop }',
      [
        {
          vmap: {
            key: {
              concat: [
                { payload: { protocol: 'ip', field: 'daddr' } },
                { payload: { protocol: 'tcp', field: 'dport' } },
              ],
            },
            data: {
              set: [
                [{ concat: ['10.0.0.1', 80] }, { jump: { target: 'web' } }],
                [{ concat: ['10.0.0.2', 81] }, { drop: null }],
              ],
            },
          },
        },
      ],
    ],
    [
      'numgen random mod 2 vmap { 0 : goto a, 1 : goto b }',
      [
        {
          vmap: {
            key: { numgen: { mode: 'random', mod: 2, offset: 0 } },
            data: {
              set: [
                [0, { goto: { target: 'a' } }],
                [1, { goto: { target: 'b' } }],
              ],
            },
          },
        },
      ],
    ],
    ['meta mark set ct mark', [{ mangle: { key: mark, value: { ct: { key: 'mark' } } } }]],
    ['ct zone set 1', [{ mangle: { key: { ct: { key: 'zone' } }, value: 1 } }]],
    [
      'fib daddr type local jump nodeports',
      [
        { match: { op: '==', left: { fib: { result: 'type', flags: ['daddr'] } }, right: 'local' } },
        { jump: { target: 'nodeports' } },
      ],
    ],
    ['masquerade fully-random', [{ masquerade: { flags: ['fully-random'] } }]],
    [
      'tcp dport 15008 tproxy ip to 127.0.0.1:15008 accept',
      [
        { match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: 15008 } },
        { tproxy: { family: 'ip', addr: '127.0.0.1', port: 15008 } },
        { accept: null },
      ],
    ],
    ['reject with icmpx port-unreachable', [{ reject: { type: 'icmpx', expr: 'port-unreachable' } }]],
    [
      'limit rate 5/second burst 10 packets counter packets 1 bytes 2 log prefix "x" return',
      [
        { limit: { rate: 5, per: 'second', burst: 10 } },
        { counter: { packets: 1, bytes: 2 } },
        { log: { prefix: 'x' } },
        { return: null },
      ],
    ],
    [
      'update @seen { ip saddr timeout 5m }',
      [
        {
          set: {
            op: 'update',
            elem: { elem: { val: { payload: { protocol: 'ip', field: 'saddr' } }, timeout: '5m' } },
            set: '@seen',
          },
        },
      ],
    ],
  ])('%s', (rule, statements) => {
    expect(statementsOf(rule)).toEqual(statements)
  })

  test('from a statement that nobody knows on, the rest stays as it was written', () => {
    expect(statementsOf('ip daddr 10.0.0.1 osf ttl loose name "Linux" accept')).toEqual([
      { match: { op: '==', left: { payload: { protocol: 'ip', field: 'daddr' } }, right: '10.0.0.1' } },
      { unknown: 'osf ttl loose name "Linux" accept' },
    ])
  })

  test('a rule of iptables that nft prints with a gap is not taken for what is left of it', () => {
    const text = 'table ip nat {\n chain PREROUTING {\n meta l4proto tcp  counter packets 0 bytes 0 accept\n }\n}'
    expect(readText(text).tables[0]?.chains[0]?.rules[0]?.statements[0]).toEqual({
      xt: { type: 'match', name: 'not printed' },
    })
  })
})

test('damaged rulesets are read without a crash', () => {
  const texts = recorded(/^nft-(ruleset\.txt|input\.nft)$/).map(({ text }) => text.slice(0, 5000))
  fc.assert(
    fc.property(
      fc.constantFrom(...texts),
      fc.nat(),
      fc.nat({ max: 40 }),
      fc.constantFrom('', '{', '}', '"', ';', '\n', ' . ', 'set'),
      (text, at, cut, put) => {
        const place = at % (text.length + 1)
        readText(text.slice(0, place) + put + text.slice(place + cut))
      },
    ),
    { numRuns: 500 },
  )
})

test('damaged JSON is read without a crash', () => {
  const rulesets = recorded(/^nft-ruleset\.json$/).flatMap(({ text }) =>
    text.startsWith('{') ? [JSON.parse(text) as { nftables: unknown[] }] : [],
  )
  fc.assert(
    fc.property(fc.constantFrom(...rulesets), fc.nat(), fc.jsonValue(), (ruleset, at, put) => {
      const nftables = [...ruleset.nftables]
      nftables[at % (nftables.length + 1)] = put
      readNftJson({ nftables }, new Issues('nft.json'))
    }),
    { numRuns: 300 },
  )
})

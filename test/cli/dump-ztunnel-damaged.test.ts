import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { ambientctl } from './ambientctl.ts'

const folder = mkdtempSync(join(tmpdir(), 'ambientctl-damaged-'))
afterAll(() => rmSync(folder, { recursive: true }))

const dump = readFileSync('fixtures/recorded/mesh-1.30/scenario-00-base/ztunnel-config_dump.json', 'utf8')
const file = join(folder, 'dump.json')
const table = async (text: string | Uint8Array, ...flags: readonly string[]) => {
  writeFileSync(file, text)
  return ambientctl(['dump', 'ztunnel', 'workloads', ...flags, '-f', file])
}

/** The dump with these members in front of those of its first workload. */
const inWorkload = (members: string) => dump.replace(/"workloads": \[\s*\{/, `"workloads": [{${members},`)
const deep = (open: string, close: string) => open.repeat(100_000) + close.repeat(100_000)

/** Files of more than 64 MB are scanned instead of parsed; spaces are as good as anything else. */
const sizes = [
  ['parsed', (text: string) => text],
  ['scanned', (text: string) => text.replace(/[{[]/, opening => opening + ' '.repeat(65 * 1024 * 1024))],
] as const

describe.each(sizes)('a damaged dump that is %s', (_, sized) => {
  test.each([
    ['a byte order mark', `\uFEFF${dump}`],
    ['zeros at its end', `${dump}\0\0\0`],
    ['a comma on the line after', dump.replace('  ],\n  "services"', '  ]\n  ,"services"')],
    ['a member on the line of the one before', dump.replace('  ],\n  "services"', '  ], "services"')],
    [
      'a member more, nested less deep than is read',
      dump.replace('{', `{"new": ${'['.repeat(900)}${']'.repeat(900)},`),
    ],
  ])('%s changes nothing', async (_, text) => {
    expect(await table(sized(text))).toEqual(await table(dump))
  })

  test.each([
    ['a second dump after it', dump + dump, 'expected nothing after the end, found "{"'],
    ['a second dump on the next line', `${dump}\n${dump}`, 'expected nothing after the end, found "{"'],
    ['cut off', dump.slice(0, 90_000), 'is cut off: its JSON ends in the middle'],
    ['100,000 lists', deep('[', ']'), 'more than 1000 lists and objects inside one another'],
    ['100,000 lists as a member', dump.replace('{', `{"new": ${deep('[', ']')},`), 'more than 1000 lists and objects'],
    ['100,000 lists in a workload', inWorkload(`"new": ${deep('[', ']')}`), 'more than 1000 lists and objects'],
    ['100,000 objects that nothing ends', inWorkload(`"new": ${'{"a":'.repeat(100_000)}`), 'more than 1000 lists'],
    ['two commas', dump.replace('"services": [', ',"services": ['), 'not valid JSON'],
    ['a word that is no value', inWorkload('"capacity": NaN'), 'not valid JSON'],
  ])('%s is one clear error', async (_, text, message) => {
    const { code, out, err } = await table(sized(text))
    expect({ code, out }).toEqual({ code: 65, out: '' })
    expect(err).toContain(message)
    expect(err.split('\n').filter(line => line.startsWith('error: '))).toHaveLength(1)
  })

  test.each([
    ['a number that no double has', dump.replace(/"capacity": 1/, '"capacity": 1e400'), '/capacity: expected'],
    ['2^64', dump.replace(/"capacity": 1/, '"capacity": 18446744073709551616'), '/capacity: expected'],
    ['a member of a workload twice', inWorkload('"name": "another"'), '/workloads/0/name: expected a member once'],
    ['a section twice', dump.replace('{', '{"workloads": [],'), '/workloads: expected a member once'],
  ])('%s is told beside the table', async (_, text, issue) => {
    const { code, out, err } = await table(sized(text), '--verbose')
    expect({ code, out }).toEqual({ code: 0, out: (await table(dump)).out })
    expect(err).toContain(issue)
  })

  test('a member that seems to go on is told', async () => {
    const { out, err } = await table(sized(dump.replace('\n  ],\n  "services"', '\n    ], "services"')), '--verbose')
    if (out !== (await table(dump)).out) expect(err).toContain('its members cannot be told apart')
  })

  test('of a section that comes twice the last one counts', async () => {
    const { out } = await table(sized(dump.replace(/\}\s*$/, ', "workloads": []}')))
    expect(out.trim().split('\n')).toHaveLength(1)
  })
})

/** Brackets that close deep inside of `section`, indented as if they closed members of the dump. */
const misleading = (section: 'services' | 'policies'): string => {
  const { [section]: elements, services, policies, certificates, ...others } = JSON.parse(dump)
  const inside = elements.map((element: unknown) => JSON.stringify(element)).join(',\n    ')
  const members = JSON.stringify(others, null, 2).replace(/\n\}$/, '')
  return `${members},
  "${section}": [
    {"x": [
  ],
  "services": [
  ],
  "certificates": [
    {}]},
    ${inside}
  ]
}
`
}

test.each(['workloads', 'services', 'policies', 'certificates', 'connections', 'config', 'all'])(
  'brackets that mislead a reader of lines make no wrong table of %s',
  async name => {
    for (const section of ['services', 'policies'] as const)
      for (const format of ['text', 'json']) {
        const text = misleading(section)
        const args = ['dump', 'ztunnel', name, '-o', format, '-f', file]
        writeFileSync(file, text)
        const { code, out, err } = await ambientctl(args)
        writeFileSync(file, JSON.stringify(JSON.parse(text)))
        const right = await ambientctl(args)
        if (code === 0) expect(out).toBe(right.out)
        else
          expect({ code, err }).toEqual({ code: 65, err: expect.stringContaining('its members cannot be told apart') })
      }
  },
)

test.each([
  ['of a file that is parsed', '', 'line 2909, column 21'],
  ['of a file that is scanned', ' '.repeat(65 << 20), 'byte 68,'],
])('bytes that are no UTF-8 are told: %s', async (_, space, place) => {
  const name = '\n      "name": "evil-'
  const [before, after] = [
    dump.slice(0, dump.indexOf(name) + name.length),
    dump.slice(dump.indexOf(name) + name.length),
  ]
  const bytes = Buffer.concat([Buffer.from(before.replace('{', `{${space}`)), Buffer.from([0xe9]), Buffer.from(after)])
  const { code, out, err } = await table(bytes, '--verbose')
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('evil-\uFFFD') })
  expect(err).toContain(`dump.json, ${place}`)
  expect(err).toContain('expected UTF-8')
  expect((await table(bytes)).err).toContain('1 error in what was read')
})

test.each([
  ['cut off', gzipSync(dump).subarray(0, 9_000)],
  [
    'cut off where more than 64 MB are unpacked',
    gzipSync(dump.replace('{', `{${' '.repeat(65 << 20)}`)).subarray(0, -4_000),
  ],
])('packed and %s is one clear error', async (_, bytes) => {
  const { code, out, err } = await table(bytes)
  expect({ code, out }).toEqual({ code: 65, out: '' })
  expect(err).toContain('is cut off')
})

test.each([
  ['\u001b[2Jgone'],
  ['a\rb'],
  ['a\u0000b'],
  ['abc\u202edcba'],
  ['x\u2066y\u2069'],
  ['x\u200fy'],
  ['lone \ud800'],
])('a name such as %j is shown and not obeyed', async name => {
  const { workloads, ...others } = JSON.parse(dump) as { readonly workloads: readonly object[] }
  const text = JSON.stringify({ ...others, workloads: [{ ...workloads[0], name }, ...workloads.slice(1)] })
  for (const format of ['text', 'wide', 'csv', 'name', 'json', 'yaml', 'ndjson']) {
    const { code, out } = await table(text, '-o', format)
    expect(code).toBe(0)
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
  }
})

import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ztunnelEras } from '#decode/ztunnel/eras/index.ts'

it('registers every era of src/decode/ztunnel/eras: add a line to ztunnelEras', () => {
  const files = readdirSync('src/decode/ztunnel/eras').filter(name => /^e\d\.ts$/.test(name))
  expect(ztunnelEras.map(({ era }) => `${era.toLowerCase()}.ts`).sort()).toEqual(files)
})

it('knows every minor release from 1.18 in one era', () => {
  for (let minor = 18; minor <= 40; minor++)
    expect(ztunnelEras.filter(({ minors: [oldest, newest] }) => minor >= oldest && minor <= newest)).toHaveLength(1)
})

import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const shared = new Set(['filter.ts', 'registry.ts'])

it.each(['http-filters', 'network-filters'])('registers every file of src/waypoint/%s', folder => {
  const registry = readFileSync(`src/waypoint/${folder}/registry.ts`, 'utf8')
  const files = readdirSync(`src/waypoint/${folder}`).filter(name => !shared.has(name))
  expect(files.length).toBeGreaterThan(0)
  const forgotten = files.filter(name => !registry.includes(`from './${name}'`))
  expect(forgotten, `add to src/waypoint/${folder}/registry.ts`).toEqual([])
})

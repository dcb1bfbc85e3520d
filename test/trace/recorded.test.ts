import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { traceDocument } from '#render/trace/json.ts'
import { mesh, tracesOf } from '../fidelity/mesh.ts'
import type { Disagreement, Tally } from '../fidelity/suite.ts'

describe('requests of recorded meshes', () => {
  test.each(mesh.find('fixtures/recorded'))('%s', { timeout: 120_000 }, async folder => {
    const found: Disagreement[] = []
    const tally = (await mesh.replay(folder, disagreement => found.push(disagreement))) as Tally
    expect(found).toEqual([])
    expect(tally.agreed).toBeGreaterThan(tally.total / 2)
  })

  test.each(mesh.find('fixtures/recorded'))(
    '%s: every trace fits the published schema',
    { timeout: 120_000 },
    async folder => {
      const fits = new Ajv2020({ strict: true }).compile(JSON.parse(readFileSync('schemas/trace.schema.json', 'utf8')))
      const { traces } = await tracesOf(folder)
      for (const { recorded, trace } of traces) {
        if (typeof trace === 'string') continue
        fits(JSON.parse(JSON.stringify(traceDocument(trace))))
        expect(fits.errors, recorded.id).toBeNull()
      }
    },
  )
})

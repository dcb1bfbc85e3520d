import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { ztunnelEverythingRenderers } from '#render/dump/ztunnel/everything.ts'
import { anyList } from '#render/list/any-list.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const column = { key: 'name', header: 'NAME', text: ({ name }: { readonly name: string }) => name }
const many = 50_000
const look = { colour: false, width: Number.POSITIVE_INFINITY }

test.each(['text', 'csv', 'name'] as const)('%s: a list is let go of before the next is made', async format => {
  const rows: WeakRef<object>[] = []
  const held: number[] = []
  const table = (title: string) => ({
    title,
    list: async () => {
      collectGarbage()
      held.push(rows.filter(row => row.deref() !== undefined).length)
      const all = Array.from({ length: many }, (_, at) => ({ name: `${title}-${at}` }))
      rows.push(new WeakRef(all))
      return anyList({ columns: [column], rows: all, name: column.text })
    },
  })
  const everything = {
    banners: false,
    headers: false,
    dumps: [],
    provenance: [],
    present: new Date(0),
    divergences: [],
  }
  const tables = ['first', 'second', 'third', 'fourth'].map(table)
  let lines = 0
  for await (const line of ztunnelEverythingRenderers[format]({ ...everything, tables }, look)) {
    // Weak references hold until the turn of the event loop ends.
    if (line.endsWith('-0') || line.endsWith(`-${many - 1}`)) await new Promise(resolve => setImmediate(resolve))
    if (line !== '') lines++
  }
  expect(lines).toBe(tables.length * many)
  expect(held).toEqual([0, 0, 0, 0])
})

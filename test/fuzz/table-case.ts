import { isZtunnelDump } from '#decode/ztunnel/dump.ts'
import { dumpSource } from '#decode/ztunnel/source.ts'
import { UserError } from '#errors.ts'
import { KubernetesObjects } from '#model/kubernetes.ts'
import { ztunnelTables } from '#pipeline/ztunnel-tables/index.ts'
import { listFormats } from '#render/list/any-list.ts'
import { Random } from '../support/random.ts'
import { mutate } from './mutations.ts'

const look = { colour: false, width: Number.POSITIVE_INFINITY, now: new Date('2026-01-01T00:00:00Z') }
const kubernetes = new KubernetesObjects([])
const unsafe = /[\p{Cc}\p{Cs}\p{Bidi_Control}]/u

/** Prints every table of one damaged dump in every format of rows. Throws when one crashes or lets control characters out. */
export const runTableCase = async (dumps: readonly string[], seed: number): Promise<'printed' | 'refused'> => {
  const random = new Random(seed)
  const value = parsed(mutate(random, dumps[random.below(dumps.length)] ?? ''))
  if (!isZtunnelDump(value)) return 'refused'
  try {
    const sources = [dumpSource(value, 'dump.json')]
    for (const table of Object.values(ztunnelTables))
      for (const detail of ['default', 'wide'] as const) {
        const list = await table.list({ sources, kubernetes, filter: {}, detail, now: look.now })
        for (const format of listFormats)
          for (const line of list.render(format, { wide: detail === 'wide' }, look))
            if (unsafe.test(line)) throw new Error(`lets control characters out: ${JSON.stringify(line)}`)
      }
  } catch (error) {
    if (error instanceof UserError) return 'refused'
    throw error
  }
  return 'printed'
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

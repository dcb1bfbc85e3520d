import type { InputContent } from '#decode/input.ts'
import { parseJson } from '#decode/json/parse.ts'
import { BrokenScan } from '#decode/json/scan.ts'
import { forEachElement } from '#decode/large.ts'
import { contentOf } from '../content.ts'
import type { ApiServer } from './api-server.ts'
import type { Body } from './body.ts'
import { ClusterFailure } from './failure.ts'
import { askPod, type PodName } from './pod-access.ts'

/**
 * What the admin port of a proxy answers, complete: JSON that ends in the middle is fetched again, and `again` hears why.
 * Throws a ClusterFailure when it cannot be had.
 */
export const fetchDump = (
  server: ApiServer,
  pod: PodName,
  port: number,
  path: string,
  again: (why: string) => void,
): Promise<InputContent> =>
  server.persistently(
    `${path} of pod ${pod.namespace}/${pod.name}`,
    async signal => {
      const body = await askPod(server, pod, port, path, signal)
      const cut = body instanceof Uint8Array ? undefined : await breakOf(body)
      const content: InputContent = body instanceof Uint8Array ? contentOf(body) : { kind: 'large', bytes: body }
      const broken = cut ?? (content.kind === 'text' ? breakIn(content.text) : undefined)
      if (broken !== undefined) throw cutOff(pod, broken)
      return content
    },
    failure => again(failure.cause instanceof Error ? failure.cause.message : failure.message),
  )

const cutOff = ({ namespace, name }: PodName, why: string): ClusterFailure =>
  new ClusterFailure('unreachable', `the dump of pod ${namespace}/${name} is cut off: ${why}`, { transient: true })

/** Only what begins as JSON can be cut: what a proxy says instead of a dump is for the decoder to judge. */
const breakIn = (text: string): string | undefined => {
  if (!/^\s*[[{]/.test(text)) return undefined
  const parsed = parseJson(text)
  return parsed.ok ? undefined : parsed.message
}

const breakOf = async (body: Exclude<Body, Uint8Array>): Promise<string | undefined> => {
  try {
    await forEachElement(body(), () => undefined)
    return undefined
  } catch (error) {
    if (error instanceof BrokenScan) return error.message
    throw error
  }
}

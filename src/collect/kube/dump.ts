import type { InputContent } from '#decode/input.ts'
import { BrokenScan } from '#decode/json/scan.ts'
import { forEachElement } from '#decode/large.ts'
import { type InputKind, recognise } from '#decode/recognise.ts'
import { contentOf } from '../content.ts'
import type { ApiServer } from './api-server.ts'
import type { Body } from './body.ts'
import { ClusterFailure } from './failure.ts'
import { askPod, type PodName } from './pod-access.ts'

/** One question to a proxy, and what its answer is if it is one. */
export interface Question {
  readonly port: number
  readonly path: string
  readonly kinds: readonly InputKind[]
}

/**
 * What a port of a proxy answers, complete: JSON that ends in the middle is fetched again, and `again` hears why. Throws a
 * ClusterFailure when it cannot be had, or is something else than was asked for.
 */
export const fetchDump = (
  server: ApiServer,
  pod: PodName,
  { port, path, kinds }: Question,
  again: (why: string) => void,
): Promise<InputContent> =>
  server.persistently(
    `${path} of pod ${pod.namespace}/${pod.name}`,
    async signal => {
      const body = await askPod(server, pod, port, path, signal)
      const content: InputContent = body instanceof Uint8Array ? contentOf(body) : { kind: 'large', bytes: body }
      const broken = body instanceof Uint8Array ? undefined : await breakOf(body)
      if (broken !== undefined) throw cutOff(pod, broken)
      if (content.kind === 'text') requireKind(content.text, pod, path, kinds)
      return content
    },
    failure => again(failure.message),
  )

const cutOff = ({ namespace, name }: PodName, why: string): ClusterFailure =>
  new ClusterFailure('unreachable', `the dump of pod ${namespace}/${name} is cut off: ${why}`, {
    transient: true,
    next: ['run it again; a proxy or load balancer in between may cut long answers'],
  })

const requireKind = (text: string, pod: PodName, path: string, kinds: readonly InputKind[]): void => {
  const found = recognise(text, '')
  if (found.form === 'broken') throw cutOff(pod, found.json.message)
  if ('kind' in found && kinds.includes(found.kind)) return
  const what = found.form === 'unknown' ? found.looksLike : 'kind' in found ? found.kind : 'YAML'
  throw new ClusterFailure('input', `pod ${pod.namespace}/${pod.name} answers ${path} with ${what}`, {
    next: text.startsWith('Failed to convert protobuf') ? cannotPrint : notAProxy,
  })
}

const notAProxy = [
  'another program may listen there: --proxy-admin-port PORT',
  'a version that this release does not know? kubectl describe pod tells its image',
]

/** specs/waypoint.md §4.3 */
const cannotPrint = [
  'Envoy cannot print its configuration, because a type in it is unknown to it: which EnvoyFilter or WasmPlugin put it there?',
]

const breakOf = async (body: Exclude<Body, Uint8Array>): Promise<string | undefined> => {
  try {
    await forEachElement(body(), () => undefined)
    return undefined
  } catch (error) {
    if (error instanceof BrokenScan) return error.message
    throw error
  }
}

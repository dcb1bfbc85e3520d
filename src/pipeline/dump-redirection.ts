import { type NetnsRedirection, redirectionOf } from '#dump/redirection/view.ts'
import { UserError } from '#errors.ts'
import type { DecodeIssue } from '#model/issue.ts'
import type { Mesh } from '#model/mesh.ts'
import type { NetnsSubject } from '#model/netfilter.ts'
import { isMeant } from '#model/pod-reference.ts'
import { type State, stateName } from '#model/state.ts'
import { type Holdings, nodesOf } from './holdings.ts'
import { holdingsOf } from './read-mesh.ts'
import { redirectionChosen } from './wanted.ts'
import type { Wish } from './wishes.ts'

export interface RedirectionQuestion {
  readonly state: State
  /** See `isMeant`; everything recorded without one. */
  readonly pod?: string | undefined
  readonly namespace?: string | undefined
  readonly node?: string | undefined
}

export interface RedirectionView {
  readonly namespaces: readonly NetnsRedirection[]
  readonly issues: readonly DecodeIssue[]
}

/** What redirects the traffic of pods and nodes. Throws a UserError when the pod or node was not recorded. */
export const dumpRedirection = async (question: RedirectionQuestion): Promise<RedirectionView> => {
  const mesh = await meshWith(await holdingsOf(question.state, redirectionChosen(question)), question)
  const chosen = mesh.netns.filter(({ subject }) => isAsked(subject, question))
  if (chosen.length === 0) throw notRecorded(mesh, question)
  return { namespaces: chosen.map(netns => redirectionOf(netns, mesh)), issues: mesh.issues }
}

/** Of many namespaces those that are asked for, with their nodes and the ztunnels there. */
const meshWith = async (holdings: Holdings, question: RedirectionQuestion): Promise<Mesh> => {
  const isPod: Wish = ({ kind, namespace = '', pod }) =>
    kind === 'netns' && pod !== undefined && isAsked({ kind: 'pod', namespace, pod }, question)
  const pods = holdings.unreadOf.filter(isPod)
  const onNode = pods.length === 0 ? new Map<string, string>() : nodesOf(holdings.mesh().kubernetes)
  const nodes = new Set([question.node, ...pods.map(({ namespace, pod }) => onNode.get(`${namespace}/${pod}`))])
  await holdings.fetch(
    [...nodes].map(
      name =>
        ({ kind, node }) =>
          node !== undefined && node === name && kind !== 'metrics',
    ),
  )
  return holdings.fetchAll(isPod, 'name a pod, or a namespace with -n')
}

const isAsked = (subject: NetnsSubject, { pod, namespace, node }: RedirectionQuestion): boolean => {
  if (node !== undefined) return subject.kind === 'node' && (subject.node === undefined || subject.node === node)
  if (pod === undefined) return namespace === undefined || (subject.kind === 'pod' && subject.namespace === namespace)
  return subject.kind === 'pod' && isMeant(pod, { ...subject, aliases: [subject.app] }, namespace)
}

const namesOf = ({ namespace, pod, app }: Extract<NetnsSubject, { kind: 'pod' }>): readonly string[] =>
  [pod, app].flatMap(name => (name === undefined ? [] : [`${namespace}/${name}`]))

const notRecorded = ({ netns }: Mesh, { pod, node, state }: RedirectionQuestion): UserError => {
  if (netns.length === 0)
    return new UserError('input', `no rules of a network namespace in ${stateName(state)}`, {
      next: [
        'on the node: nsenter -t PID -n iptables-save, ip6tables-save, ip -j rule, ip -j route show table all, ip -j addr',
      ],
    })
  const known = netns.map(({ subject }) => (subject.kind === 'pod' ? namesOf(subject)[0] : subject.kind)).join(', ')
  const wanted = pod === undefined ? (node === undefined ? 'that namespace' : `node ${node}`) : `pod ${pod}`
  return new UserError('input', `the rules of ${wanted} were not recorded`, { next: [`recorded: ${known}`] })
}

import type { Selector, Sources } from './suite.ts'
import type { YamlAt } from './yaml-at.ts'

/** `from`: a name, a list, a selector, `{not: …}`, or one of these under `all`, `none` or `any`. */
export const readSources = (at: YamlAt): Sources | undefined => {
  if (!at.isMap) return quantified('all', readSelector(at))
  const members = at.members('all', 'none', 'any', 'not', 'namespace', 'serviceAccount', 'labels')
  if (members === undefined) return undefined
  for (const quantifier of ['all', 'none', 'any'] as const) {
    const inner = members[quantifier]
    if (inner !== undefined) return quantified(quantifier, readSelector(inner))
  }
  return quantified('all', fromMembers(at, members))
}

const quantified = (quantifier: Sources['quantifier'], selector: Selector | undefined): Sources | undefined =>
  selector === undefined ? undefined : { quantifier, selector }

const readSelector = (at: YamlAt): Selector | undefined => {
  if (at.isList) {
    const selectors = at.oneOrMore().map(readSelector)
    return { kind: 'either', selectors: selectors.filter(selector => selector !== undefined) }
  }
  if (at.isMap) {
    const members = at.members('not', 'namespace', 'serviceAccount', 'labels')
    return members === undefined ? undefined : fromMembers(at, members)
  }
  const name = at.text()
  return name === undefined ? undefined : { kind: 'name', name, place: at.place }
}

type Members = Partial<Record<'not' | 'namespace' | 'serviceAccount' | 'labels', YamlAt>>

const fromMembers = (at: YamlAt, { not, namespace, serviceAccount, labels }: Members): Selector | undefined => {
  if (not !== undefined) {
    const selector = readSelector(not)
    return selector === undefined ? undefined : { kind: 'not', selector }
  }
  if (namespace === undefined && serviceAccount === undefined && labels === undefined)
    return at.complain('a selector needs namespace, serviceAccount, labels or not')
  const inNamespace = namespace?.text()
  const account = serviceAccount?.text()
  return {
    kind: 'match',
    labels: Object.fromEntries(Object.entries(labels?.texts() ?? {}).map(([key, value]) => [key, value.text() ?? ''])),
    ...(inNamespace !== undefined && { namespace: inNamespace }),
    ...(account !== undefined && { serviceAccount: account }),
  }
}

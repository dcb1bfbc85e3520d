import type { Evidence } from '#model/evidence.ts'
import type { Argument, RuleSpec } from '#model/netfilter.ts'
import type { Part, TestPart } from '../chains.ts'
import { effect, verdict } from '../effects/effect.ts'
import { readPrefix } from '../ip.ts'
import { missing } from '../stage.ts'
import { addressIn, device, protocol } from '../tests/header.ts'
import { type Holds, test, unknowable, unless } from '../tests/test.ts'
import { matchReaders } from './matches.ts'
import { targetReaders } from './targets.ts'

/** What a rule asks of the packet's header. What is not known becomes a test that says so (specs/redirection.md §6.6). */
export const headerTests = ({ header }: RuleSpec, evidence: Evidence): readonly TestPart[] =>
  header.map(argument => test(headerTest(argument) ?? unknowable(missing('match', argument.flag, evidence))))

/** Everything after the header: matches first, effects last. */
export const partsOf = (spec: RuleSpec, isChain: (name: string) => boolean, evidence: Evidence): readonly Part[] => [
  ...spec.matches.flatMap(
    extension =>
      matchReaders[extension.name]?.(extension) ?? [test(unknowable(missing('match', extension.name, evidence)))],
  ),
  ...targetParts(spec, isChain, evidence),
]

const targetParts = (
  { target, goes }: RuleSpec,
  isChain: (name: string) => boolean,
  evidence: Evidence,
): readonly Part[] => {
  if (target === undefined) return []
  if (goes || isChain(target.name)) return [effect(verdict({ kind: goes ? 'goto' : 'jump', chain: target.name }))]
  const known = targetReaders[target.name]?.(target)
  return known ?? [effect(() => missing('target', target.name, evidence))]
}

const headerTest = ({ flag, inverted, values }: Argument): Holds | undefined => {
  const [text = ''] = values
  switch (flag) {
    case '-s':
    case '-d': {
      const prefixes = text.split(',').map(readPrefix)
      if (prefixes.some(prefix => prefix === undefined)) return undefined
      const tests = prefixes.flatMap(prefix =>
        prefix === undefined ? [] : [addressIn(flag === '-s' ? 'src' : 'dst', prefix)],
      )
      return unless(inverted, (skb, stage) => tests.some(holds => holds(skb, stage) === true))
    }
    case '-i':
      return unless(inverted, device('in', text))
    case '-o':
      return unless(inverted, device('out', text))
    case '-p':
      return unless(inverted, protocol(text))
    case '-f':
      return () => inverted
    case '-4':
    case '-6':
      return skb => skb.family === (flag === '-4' ? 4 : 6)
    default:
      return undefined
  }
}

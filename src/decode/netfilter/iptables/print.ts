import type { Counter, IptablesTable } from '#model/netfilter.ts'
import { ruleText } from '#model/rule-text.ts'

/** One table as iptables-save writes it; counters where they were read. */
export const printIptablesTable = ({ name, chains }: IptablesTable): string =>
  [
    `*${name}`,
    ...chains.map(({ name, policy = '-', counter }) => `:${name} ${policy} ${counted(counter ?? none)}`),
    ...chains.flatMap(({ name, rules }) =>
      rules.map(({ spec, counter }) =>
        [...(counter === undefined ? [] : [counted(counter)]), '-A', name, ruleText(spec)].join(' ').trimEnd(),
      ),
    ),
    'COMMIT',
    '',
  ].join('\n')

const none: Counter = { packets: 0, bytes: 0 }
const counted = ({ packets, bytes }: Counter): string => `[${packets}:${bytes}]`

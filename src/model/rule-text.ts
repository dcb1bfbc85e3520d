import type { Argument, Extension, RuleSpec } from './netfilter.ts'

/** A rule as iptables-save prints it after `-A CHAIN `. */
export const ruleText = ({ header, matches, target, goes }: RuleSpec): string =>
  [
    ...header.map(argumentText),
    ...matches.map(match => `-m ${extensionText(match)}`),
    ...(target === undefined ? [] : [`${goes ? '-g' : '-j'} ${extensionText(target)}`]),
  ].join(' ')

const extensionText = ({ name, options }: Extension): string => [quoted(name), ...options.map(argumentText)].join(' ')

const argumentText = ({ flag, inverted, values }: Argument): string =>
  [...(inverted ? ['!'] : []), flag, ...values.map(strings.has(flag) ? freeText : quoted)].join(' ')

/** Options whose value is free text, which iptables-save quotes unless it is one plain word. */
const strings = new Set(['--comment', '--log-prefix', '--nflog-prefix', '--string', '--hex-string'])

const freeText = (value: string): string => (/^\w[\w-]*$/.test(value) ? value : inQuotes(value))

const quoted = (value: string): string => (/^(?!-|!$)[^\s"'\\]+$/.test(value) ? value : inQuotes(value))

const inQuotes = (value: string): string => `"${value.replaceAll(/["\\]/g, '\\$&')}"`

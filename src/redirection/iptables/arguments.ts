import type { Argument, Extension } from '#model/netfilter.ts'

export const option = ({ options }: Extension, ...flags: readonly string[]): Argument | undefined =>
  options.find(({ flag }) => flags.includes(flag))

export const value = (extension: Extension, ...flags: readonly string[]): string | undefined =>
  option(extension, ...flags)?.values[0]

/** Options that no reader of this extension knows make it unknown as a whole. */
export const onlyKnows = ({ options }: Extension, flags: readonly string[]): boolean =>
  options.every(({ flag }) => flags.includes(flag))

/** `0x111`, `273`, `0x111/0xfff`; without a mask every bit counts. */
export const readMasked = (text: string): { readonly value: number; readonly mask: number } | undefined => {
  const [first = '', second] = text.split('/')
  const value_ = readNumber(first)
  const mask = second === undefined ? 0xffffffff : readNumber(second)
  return value_ === undefined || mask === undefined ? undefined : { value: value_, mask }
}

export const readNumber = (text: string): number | undefined => {
  const number = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN
  return Number.isNaN(number) ? undefined : number >>> 0
}

export const readPorts = (
  text: string,
  separator = ':',
): { readonly from: number; readonly to: number } | undefined => {
  const [low, high] = text.split(separator)
  const from = low === '' ? 0 : (services[low ?? ''] ?? Number(low))
  const to = high === undefined ? from : high === '' ? 65535 : (services[high] ?? Number(high))
  return Number.isInteger(from) && Number.isInteger(to) ? { from, to } : undefined
}

const services: Readonly<Record<string, number>> = { http: 80, https: 443, domain: 53, ssh: 22 }

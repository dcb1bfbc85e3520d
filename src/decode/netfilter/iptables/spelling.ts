import type { Argument, Extension, IpFamily } from '#model/netfilter.ts'

/** Other names of header options, by the name that iptables-save prints. */
export const headerFlags: Readonly<Record<string, string>> = {
  '-s': '-s',
  '--source': '-s',
  '--src': '-s',
  '-d': '-d',
  '--destination': '-d',
  '--dst': '-d',
  '-i': '-i',
  '--in-interface': '-i',
  '-o': '-o',
  '--out-interface': '-o',
  '-p': '-p',
  '--protocol': '-p',
  '--proto': '-p',
  '-f': '-f',
  '--fragment': '-f',
  '-4': '-4',
  '--ipv4': '-4',
  '-6': '-6',
  '--ipv6': '-6',
}

/** The order in which iptables-save prints header options. */
export const headerOrder: readonly string[] = ['-s', '-d', '-i', '-o', '-p', '-f', '-4', '-6']

const optionNames: Readonly<Record<string, string>> = {
  '--destination-port': '--dport',
  '--source-port': '--sport',
  '--destination-ports': '--dports',
  '--source-ports': '--sports',
  '--to-port': '--to-ports',
}

/** Options that are printed under another name by one extension only. */
const namesOfExtension: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  SNAT: { '--to': '--to-source' },
  DNAT: { '--to': '--to-destination' },
}

/** Options of these protocols may be written without `-m`. */
const protocolOptions: Readonly<Record<string, readonly string[]>> = {
  tcp: ['--sport', '--dport', '--tcp-flags', '--syn', '--tcp-option'],
  udp: ['--sport', '--dport'],
  sctp: ['--sport', '--dport', '--chunk-types'],
  dccp: ['--sport', '--dport', '--dccp-types', '--dccp-option'],
  udplite: ['--sport', '--dport'],
  icmp: ['--icmp-type'],
  icmp6: ['--icmpv6-type'],
}

const extensionOfProtocol: Readonly<Record<string, string>> = {
  '6': 'tcp',
  '17': 'udp',
  '132': 'sctp',
  '1': 'icmp',
  '58': 'icmp6',
  icmpv6: 'icmp6',
  'ipv6-icmp': 'icmp6',
}

/** The extension that a protocol loads by itself for an option, if this is one of its options. */
export const impliedExtension = (protocol: string, flag: string): string | undefined => {
  const name = extensionOfProtocol[protocol] ?? protocol
  return protocolOptions[name]?.includes(flag) ? name : undefined
}

export const optionName = (flag: string): string => optionNames[flag] ?? flag

/** A host address gains its prefix length; `0.0.0.0/0` stays. */
export const withPrefix = (address: string, family: IpFamily): string =>
  address
    .split(',')
    .map(one => (/[/a-zA-Z]/.test(one.replaceAll(/[0-9a-fA-F:]/g, '')) || one === '' ? one : `${one}${host[family]}`))
    .join(',')

const host: Readonly<Record<IpFamily, string>> = { 4: '/32', 6: '/128' }

const marks = new Set(['--mark', '--set-xmark', '--nfmask', '--ctmask', '--tproxy-mark'])

/** Brings one extension to the spelling of iptables-save: option names, `--set-mark` as `--set-xmark`, plain numbers. */
export const respell = ({ name, options }: Extension, family: IpFamily): Extension => {
  const renamed = namesOfExtension[name]
  const respelled = options.map(option => {
    const flag = renamed?.[option.flag]
    return respellMark(name, flag === undefined ? option : { ...option, flag })
  })
  return { name, options: name === 'TPROXY' ? withOnIp(respelled, family) : respelled }
}

const respellMark = (extension: string, option: Argument): Argument => {
  const [text] = option.values
  if (text === undefined || option.values.length !== 1) return option
  const setting = extension === 'MARK' || extension === 'CONNMARK' ? markSetters[option.flag] : undefined
  const masked = setting !== undefined || marks.has(option.flag) ? readMasked(text) : undefined
  if (masked === undefined) return option
  if (setting === undefined) return { ...option, values: [hexed(text)] }
  const { value, mask } = setting(masked.value, masked.mask)
  return { ...option, flag: '--set-xmark', values: [`${hex(value)}/${hex(mask)}`] }
}

type MarkSetter = (value: number, mask: number | undefined) => { readonly value: number; readonly mask: number }

const all = 0xffffffff

/** mark = (mark & ~mask) ^ value, each way of writing it (iptables-extensions(8), MARK). */
const markSetters: Readonly<Record<string, MarkSetter>> = {
  '--set-xmark': (value, mask = all) => ({ value, mask }),
  '--set-mark': (value, mask = all) => ({ value, mask: (value | mask) >>> 0 }),
  '--and-mark': value => ({ value: 0, mask: ~value >>> 0 }),
  '--or-mark': value => ({ value, mask: value }),
  '--xor-mark': value => ({ value, mask: 0 }),
}

const readMasked = (text: string): { readonly value: number; readonly mask: number | undefined } | undefined => {
  const parts = /^(0x[0-9a-f]+|\d+)(?:\/(0x[0-9a-f]+|\d+))?$/i.exec(text)
  if (parts === null) return undefined
  return { value: Number(parts[1]) >>> 0, mask: parts[2] === undefined ? undefined : Number(parts[2]) >>> 0 }
}

const hex = (value: number): string => `0x${value.toString(16)}`

const hexed = (text: string): string =>
  text
    .split('/')
    .map(part => hex(Number(part) >>> 0))
    .join('/')

const withOnIp = (options: readonly Argument[], family: IpFamily): readonly Argument[] => {
  const order = ['--on-port', '--on-ip', '--tproxy-mark']
  const onIp = { flag: '--on-ip', inverted: false, values: [family === 4 ? '0.0.0.0' : '::'] }
  const whole = options.some(({ flag }) => flag === '--on-ip') ? options : [...options, onIp]
  return [...whole].sort((left, right) => order.indexOf(left.flag) - order.indexOf(right.flag))
}

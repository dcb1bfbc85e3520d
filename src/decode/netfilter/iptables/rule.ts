import type { Argument, Counter, IpFamily, RuleSpec } from '#model/netfilter.ts'
import { headerFlags, headerOrder, impliedExtension, optionName, respell, withPrefix } from './spelling.ts'
import type { Token } from './tokens.ts'

interface Draft {
  readonly name: string
  readonly options: Argument[]
}

export interface ReadRule {
  readonly spec: RuleSpec
  /** Of `-c PACKETS BYTES` within the rule. */
  readonly counter: Counter | undefined
  /** Words that belong to nothing. */
  readonly stray: readonly string[]
}

/** Everything after `-A CHAIN`. Options that no extension claims stay with the last one named, as they were written. */
export const readRule = (tokens: readonly Token[], family: IpFamily): ReadRule => {
  const reader = new RuleReader(tokens, family, undefined)
  const read = reader.read()
  return reader.protocolCameLate ? new RuleReader(tokens, family, reader.protocol).read() : read
}

class RuleReader {
  private readonly tokens: readonly Token[]
  private readonly family: IpFamily
  /** Loads the extension of its name, wherever `-p` stands. */
  protocol: string | undefined
  /** Options were read before it was known whose they are; iptables-save prints `-p` before them. */
  protocolCameLate = false
  private unowned = false
  private place = 0
  private readonly header: Argument[] = []
  private readonly matches: Draft[] = []
  private target: Draft | undefined
  private goes = false
  private current: Draft | undefined
  private counter: Counter | undefined
  private readonly stray: string[] = []

  constructor(tokens: readonly Token[], family: IpFamily, protocol: string | undefined) {
    this.tokens = tokens
    this.family = family
    this.protocol = protocol
  }

  read(): ReadRule {
    let inverted = false
    while (this.place < this.tokens.length) {
      const token = this.tokens[this.place++]
      if (token === undefined) break
      if (isBang(token)) inverted = true
      else if (isFlag(token)) {
        this.option(token.text, inverted)
        inverted = false
      } else this.stray.push(token.text)
    }
    return { spec: this.spec(), counter: this.counter, stray: this.stray }
  }

  private spec(): RuleSpec {
    const header = this.header
      .map(argument => this.spelled(argument))
      .sort((left, right) => headerOrder.indexOf(left.flag) - headerOrder.indexOf(right.flag))
    return {
      header,
      matches: this.matches.map(match => respell(match, this.family)),
      target: this.target === undefined ? undefined : respell(this.target, this.family),
      goes: this.goes,
    }
  }

  private spelled(argument: Argument): Argument {
    if (argument.flag !== '-s' && argument.flag !== '-d') return argument
    return { ...argument, values: argument.values.map(value => withPrefix(value, this.family)) }
  }

  private option(written: string, inverted: boolean): void {
    const equals = written.startsWith('--') ? written.indexOf('=') : -1
    const flag = equals < 0 ? written : written.slice(0, equals)
    if (this.structural(flag)) return
    const negated = this.intraposed() || inverted
    const values = equals < 0 ? this.values() : [written.slice(equals + 1)]
    const short = headerFlags[flag]
    if (short !== undefined) {
      this.header.push({ flag: short, inverted: negated, values: values.slice(0, 1) })
      this.stray.push(...values.slice(1))
      if (short === '-p') this.loads(values[0])
    } else this.extensionOption({ flag: optionName(flag), inverted: negated, values })
  }

  /** Options that open an extension, or belong to the rule as a whole. */
  private structural(flag: string): boolean {
    switch (flag) {
      case '-m':
      case '--match':
        this.match(this.word())
        return true
      case '-j':
      case '--jump':
        this.jump(this.word(), false)
        return true
      case '-g':
      case '--goto':
        this.jump(this.word(), true)
        return true
      case '-c':
      case '--set-counters':
        this.count()
        return true
      default:
        return false
    }
  }

  private extensionOption(argument: Argument): void {
    if (this.protocol === undefined) this.unowned = true
    const implied = this.protocol === undefined ? undefined : impliedExtension(this.protocol, argument.flag)
    const owner = implied === undefined || this.current?.name === 'multiport' ? this.current : this.implied(implied)
    if (owner === undefined) this.stray.push(argument.flag, ...argument.values)
    else owner.options.push(argument)
  }

  private loads(protocol: string | undefined): void {
    if (this.protocol !== undefined || protocol === undefined) return
    this.protocol = protocol
    this.protocolCameLate = this.unowned
  }

  private implied(name: string): Draft {
    const known = this.matches.find(match => match.name === name)
    if (known !== undefined) return known
    const made: Draft = { name, options: [] }
    this.matches.push(made)
    return made
  }

  private match(name: string): void {
    const known = name === 'tcp' || name === 'udp' ? this.matches.find(match => match.name === name) : undefined
    this.current = known ?? { name, options: [] }
    if (known === undefined) this.matches.push(this.current)
  }

  private jump(name: string, goes: boolean): void {
    this.goes = goes
    this.target = { name, options: [] }
    this.current = this.target
  }

  private count(): void {
    const [packets, bytes] = [this.tokens[this.place], this.tokens[this.place + 1]].map(token => token?.text ?? '')
    if (!/^\d+$/.test(packets ?? '') || !/^\d+$/.test(bytes ?? '')) {
      this.stray.push('-c')
      return
    }
    this.counter = { packets: Number(packets), bytes: Number(bytes) }
    this.place += 2
  }

  private word(): string {
    return this.tokens[this.place++]?.text ?? ''
  }

  /** The spelling before 1.4.3: `--dport ! 53`. */
  private intraposed(): boolean {
    const next = this.tokens[this.place]
    const after = this.tokens[this.place + 1]
    if (next === undefined || after === undefined || !isBang(next) || isFlag(after)) return false
    this.place++
    return true
  }

  private values(): string[] {
    const values: string[] = []
    for (;;) {
      const next = this.tokens[this.place]
      if (next === undefined || isBang(next) || isFlag(next)) return values
      values.push(next.text)
      this.place++
    }
  }
}

const isBang = ({ text, quoted }: Token): boolean => text === '!' && !quoted
const isFlag = ({ text, quoted }: Token): boolean => !quoted && /^--?[A-Za-z][^\s"'\\]*$/.test(text)

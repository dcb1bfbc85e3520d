export interface NftToken {
  readonly text: string
  readonly quoted: boolean
  /** 1-based line of the file. */
  readonly line: number
  /** Offsets in the file, to quote what nobody could read. */
  readonly from: number
  readonly to: number
  /** Two blanks before it: nft leaves that gap where it does not print an iptables extension. */
  readonly gap: boolean
}

const pattern = /"(?:[^"\\]|\\.)*"|#[^\n]*|\n|[{}();,]|<<|>>|[^\s{}();,"#]+|"/g

/** Words of nft's text; the end of a line is a token, a comment is none. */
export const nftTokens = (text: string): readonly NftToken[] => {
  const tokens: NftToken[] = []
  let line = 1
  for (const match of text.matchAll(pattern)) {
    const [word] = match
    const from = match.index
    if (!word.startsWith('#')) {
      const quoted = word.length > 1 && word.startsWith('"')
      const gap = text[from - 1] === ' ' && text[from - 2] === ' '
      tokens.push({ text: quoted ? word.slice(1, -1) : word, quoted, line, from, to: from + word.length, gap })
    }
    if (word === '\n') line++
  }
  return tokens
}

/** A place in a list of tokens. Reading past the end yields undefined. */
export class Cursor {
  readonly tokens: readonly NftToken[]
  private place = 0

  constructor(tokens: readonly NftToken[]) {
    this.tokens = tokens
  }

  get done(): boolean {
    return this.place >= this.tokens.length
  }

  token(ahead = 0): NftToken | undefined {
    return this.tokens[this.place + ahead]
  }

  /** The text of an unquoted word ahead; a quoted one is never a keyword. */
  peek(ahead = 0): string | undefined {
    const token = this.token(ahead)
    return token === undefined || token.quoted ? undefined : token.text
  }

  next(): NftToken | undefined {
    return this.tokens[this.place++]
  }

  word(): string | undefined {
    return this.next()?.text
  }

  take(...words: readonly string[]): string | undefined {
    const word = this.peek()
    if (word === undefined || !words.includes(word)) return undefined
    this.place++
    return word
  }

  mark(): number {
    return this.place
  }

  reset(place: number): void {
    this.place = place
  }

  /** The tokens up to the end of the statement, which `;` or the end of the line closes outside braces. */
  statement(): readonly NftToken[] {
    const tokens: NftToken[] = []
    let depth = 0
    for (let token = this.token(); token !== undefined; token = this.token()) {
      const structural = token.quoted ? '' : token.text
      if (depth === 0 && (structural === '}' || structural === ';' || structural === '\n')) break
      if (structural === '{') depth++
      if (structural === '}') depth--
      if (structural !== '\n') tokens.push(token)
      this.place++
    }
    return tokens
  }

  skipEnds(): void {
    while (this.take('\n', ';') !== undefined);
  }
}

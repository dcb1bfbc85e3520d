export interface Token {
  readonly text: string
  /** A quoted token is a value, whatever it looks like. */
  readonly quoted: boolean
}

const token = /"((?:[^"\\]|\\.)*)"|'([^']*)'|((?:[^\s"'\\]|\\.)+)|(["'\\])/g

/** Words of one line, as iptables-restore splits them: quotes keep spaces, a backslash keeps the next character. */
export const tokensOf = (line: string): Token[] => {
  const tokens: Token[] = []
  for (const [, double, single, bare, stray] of line.matchAll(token)) {
    if (double !== undefined) tokens.push({ text: unescaped(double), quoted: true })
    else if (single !== undefined) tokens.push({ text: single, quoted: true })
    else tokens.push({ text: bare === undefined ? (stray ?? '') : unescaped(bare), quoted: false })
  }
  return tokens
}

const unescaped = (text: string): string => (text.includes('\\') ? text.replaceAll(/\\(.)/g, '$1') : text)

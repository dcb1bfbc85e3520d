/** Text for a line of mdoc: no escape, request or macro can come out of it. */
const literal = (text: string): string => text.replaceAll('\\', '\\e').replace(/^([.'])/, '\\&$1')

/** A word for a macro's arguments, where short words could be macros themselves. */
export const word = (text: string): string => {
  const escaped = literal(text).replaceAll('"', '\\(dq')
  return /^[A-Z][a-z]$|^[.,:;()[\]?!|]$/.test(text) ? `\\&${escaped}` : escaped.includes(' ') ? `"${escaped}"` : escaped
}

/** Prose: a sentence a line, code in bold. */
const prose = (text: string): readonly string[] =>
  text
    .replace(/\s+/g, ' ')
    .trim()
    .split(/(?<=[.!?]) (?=[A-Z`])/)
    .map(sentence => literal(sentence).replace(/`([^`]*)`/g, '\\fB$1\\fP'))

export const verbatim = (text: string): readonly string[] => [
  '.Bd -literal -offset indent',
  ...text.split('\n').map(literal),
  '.Ed',
]

type Block =
  | { readonly kind: 'paragraph' | 'code'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }

/** The little Markdown that manual pages are written in: paragraphs, `- ` lists (`- \`term\`: text` has terms), fenced code. */
export const body = (markdown: string): readonly string[] =>
  blocks(markdown).flatMap((block, index) => {
    const lines =
      block.kind === 'list' ? list(block.items) : block.kind === 'code' ? verbatim(block.text) : prose(block.text)
    return block.kind === 'paragraph' && index > 0 ? ['.Pp', ...lines] : lines
  })

const blocks = (markdown: string): readonly Block[] =>
  markdown
    .trim()
    .split(/\n\n+(?![^`]*```\n*$)/)
    .filter(text => text.trim() !== '')
    .map(blockOf)

const blockOf = (text: string): Block => {
  const code = text.match(/^```\w*\n([\s\S]*?)\n?```$/)?.[1]
  if (code !== undefined) return { kind: 'code', text: code }
  if (!text.startsWith('- ')) return { kind: 'paragraph', text }
  return { kind: 'list', items: text.slice(2).split(/\n- /) }
}

const list = (items: readonly string[]): readonly string[] => {
  const entries = items.map(item => item.match(/^`([^`]+)`: ([\s\S]*)$/))
  if (entries.every(entry => entry !== null))
    return [
      '.Bl -tag -width Ds',
      ...entries.flatMap(([, term = '', text = '']) => [`.It Li ${word(term)}`, ...prose(text)]),
      '.El',
    ]
  return ['.Bl -bullet', ...items.flatMap(item => ['.It', ...prose(item)]), '.El']
}

/** `## Title` sections of a hand-written part, by upper-case title; what stands before the first has the title ''. */
export const sections = (markdown: string): ReadonlyMap<string, string> => {
  const [lead = '', ...titled] = markdown.split(/^## +/m)
  const entries = titled.map(section => {
    const end = section.indexOf('\n')
    return [section.slice(0, end).trim().toUpperCase(), section.slice(end + 1).trim()] as const
  })
  return new Map([['', lead.trim()], ...entries])
}

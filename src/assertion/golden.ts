/** Golden traces of an assertion file: one section a test, in text that survives a rearranged configuration. */
export interface Golden {
  /** `suite / test` */
  readonly title: string
  readonly lines: readonly string[]
}

/** The golden traces of an assertion file stand beside it. */
export const goldenFile = (file: string): string => `${file}.golden`

const heading = '## '

/** The text of a golden file. */
export const goldenText = (sections: readonly Golden[]): string =>
  sections.map(({ title, lines }) => `${heading}${title}\n${lines.map(line => `${line}\n`).join('')}`).join('\n')

export const readGolden = (text: string): readonly Golden[] =>
  text
    .split(new RegExp(`^${heading}`, 'm'))
    .slice(1)
    .map(section => {
      const [title = '', ...lines] = section.trimEnd().split('\n')
      return { title, lines: lines.filter(line => line.trim() !== '') }
    })

/** What changed, as `-` and `+` lines; empty when nothing did. */
export const goldenChanges = (before: readonly string[], after: readonly string[]): readonly string[] => [
  ...before.filter(line => !after.includes(line)).map(line => `- ${line}`),
  ...after.filter(line => !before.includes(line)).map(line => `+ ${line}`),
  ...(before.join('\n') !== after.join('\n') && sameLines(before, after) ? ['~ the order of lines'] : []),
]

const sameLines = (a: readonly string[], b: readonly string[]): boolean =>
  a.every(line => b.includes(line)) && b.every(line => a.includes(line))

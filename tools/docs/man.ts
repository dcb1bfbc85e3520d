import { existsSync, readFileSync } from 'node:fs'
import type { Arg, Command, Flag } from './manifest.ts'
import { body, sections, verbatim, word } from './mdoc.ts'

/** The order of sections that mdoc(7) asks for; others stand after DESCRIPTION. */
const conventional = ['ENVIRONMENT', 'FILES', 'EXIT STATUS', 'EXAMPLES', 'SEE ALSO', 'CAVEATS', 'BUGS']

export interface Release {
  readonly version: string
  /** `November 25, 2026` */
  readonly date: string
}

/** `ambientctl-dump-ztunnel` */
export const pageOf = (command: Command): string => `ambientctl-${command.name.replaceAll(' ', '-')}`

/** The page of one command, from the manifest and `docs/man/<command>.md`. */
export const commandPage = (
  command: Command,
  all: readonly Command[],
  release: Release,
  more: readonly Section[] = [],
): string => {
  const written = handWritten(command.name.replaceAll(' ', '-'), ['EXIT STATUS', 'NOT MODELLED'])
  return page(pageOf(command), release, [
    ['NAME', [`.Nm ${pageOf(command)}`, `.Nd ${word(lowerFirst(command.summary)).replace(/^"|"$/g, '')}`]],
    ['SYNOPSIS', synopsis(command)],
    ['DESCRIPTION', [...body(paragraphs(command)), ...aliasLines(command)]],
    ...(command.args.length > 0 ? [section('ARGUMENTS', tagged(command.args.map(argument)))] : []),
    section('OPTIONS', tagged(command.flags.map(option))),
    ...more,
    ...inOrder(written, [
      ['EXAMPLES', examples(command)],
      ['SEE ALSO', seeAlso(['ambientctl', ...related(command, all).map(pageOf)])],
    ]),
  ])
}

/** The page that names all others, from `docs/man/ambientctl.md`. */
export const overviewPage = (commands: readonly Command[], summary: string, release: Release): string =>
  page('ambientctl', release, [
    ['NAME', ['.Nm ambientctl', `.Nd ${lowerFirst(summary)}`]],
    [
      'SYNOPSIS',
      [
        '.Nm',
        '.Ar command',
        '.Op Ar argument ...',
        '.Op Ar option ...',
        '.Nm kubectl ambientctl',
        '.Ar command',
        '.Op Ar argument ...',
        '.Op Ar option ...',
      ],
    ],
    ['DESCRIPTION', body(handWritten('ambientctl', ['EXIT STATUS', 'NOT MODELLED']).get('') ?? '')],
    section('COMMANDS', tagged(commands.map(command => [`.It Xr ${pageOf(command)} 1`, ...body(command.summary)]))),
    ...inOrder(handWritten('ambientctl', []), [['SEE ALSO', seeAlso(commands.map(pageOf))]]),
  ])

/** A title and lines of mdoc. */
export type Section = readonly [title: string, lines: readonly string[]]

const section = (title: string, lines: readonly string[]): Section => [title, lines]

const page = (name: string, { version, date }: Release, all: readonly Section[]): string =>
  `${[
    '.\\" Made by `npm run docs` from the commands and docs/man; do not edit.',
    `.Dd ${date}`,
    `.Dt ${name.toUpperCase()} 1`,
    `.Os ambientctl ${version}`,
    ...all.flatMap(([title, lines]) => [`.Sh ${title}`, ...lines]),
  ].join('\n')}\n`

const handWritten = (name: string, needed: readonly string[]): ReadonlyMap<string, string> => {
  const file = `docs/man/${name}.md`
  const hint = `it is the hand-written part of the manual page: sections "## Exit status" and "## Not modelled"`
  if (!existsSync(file)) throw new Error(`${file} is missing: ${hint}`)
  const written = sections(readFileSync(file, 'utf8'))
  for (const title of needed) if (!written.has(title)) throw new Error(`${file} has no section "${title}": ${hint}`)
  return written
}

/** Hand-written and generated sections as mdoc wants them; what is not modelled is a caveat. */
const inOrder = (written: ReadonlyMap<string, string>, made: readonly Section[]): readonly Section[] => {
  const all = [...written]
    .filter(([title]) => title !== '')
    .map(([title, text]) => section(title === 'NOT MODELLED' ? 'CAVEATS' : title, body(text)))
  return [...all, ...made].sort(([a], [b]) => conventional.indexOf(a) - conventional.indexOf(b))
}

const paragraphs = ({ summary, description }: Command): string => `${summary.replace(/\.?$/, '.')}\n\n${description}`

const aliasLines = ({ aliases }: Command): readonly string[] =>
  aliases.length === 0
    ? []
    : [
        '.Pp',
        'Also known as:',
        ...aliases.map((alias, index) => `.Ic ${alias}${index < aliases.length - 1 ? ' ,' : ' .'}`),
      ]

const synopsis = ({ name, args, flags }: Command): readonly string[] => [
  `.Nm ambientctl ${name}`,
  ...args.map(arg => (arg.required ? `.Ar ${word(arg.name)}` : `.Op Ar ${word(arg.name)}`)),
  ...flags.map(flag => {
    const use = `${flag.char === undefined ? `Fl -${flag.name}` : `Fl ${flag.char}`}${flag.type === 'option' ? ` Ar ${word(valueName(flag))}` : ''}`
    return flag.required ? `.${use}` : `.Op ${use}`
  }),
]

const argument = (arg: Arg): readonly string[] => [
  `.It Ar ${word(arg.name)}`,
  ...sentences([arg.description, oneOf(arg.options)]),
]

const option = (flag: Flag): readonly string[] => [
  `.It ${flag.char === undefined ? '' : `Fl ${flag.char} , `}Fl -${flag.name}${flag.type === 'option' ? ` Ar ${word(valueName(flag))}` : ''}`,
  ...sentences([flag.summary, flag.description, oneOf(flag.options), standard(flag)]),
]

const sentences = (texts: readonly (string | undefined)[]): readonly string[] =>
  body(
    texts
      .filter(text => text !== undefined && text !== '')
      .map(text => `${text}`.replace(/\.?$/, '.'))
      .join(' '),
  )

const valueName = (flag: Flag): string => flag.helpValue ?? flag.name

const oneOf = (options: readonly string[] = []): string =>
  options.length === 0 ? '' : `One of ${options.map(value => `\`${value}\``).join(', ')}`

const standard = (flag: Flag): string =>
  typeof flag.default === 'string' || typeof flag.default === 'number' ? `The default is \`${flag.default}\`` : ''

const tagged = (items: readonly (readonly string[])[]): readonly string[] => [
  '.Bl -tag -width Ds',
  ...items.flat(),
  '.El',
]

const examples = ({ examples }: Command): readonly string[] =>
  examples.flatMap(({ description, command }, index) => [
    ...(index > 0 ? ['.Pp'] : []),
    ...(description === undefined ? [] : body(`${description}:`)),
    ...verbatim(command),
  ])

/** Commands of the same topic. */
const related = (command: Command, all: readonly Command[]): readonly Command[] => {
  const [topic] = command.name.split(' ')
  return all.filter(({ name }) => name !== command.name && name.split(' ')[0] === topic)
}

const seeAlso = (pages: readonly string[]): readonly string[] =>
  pages.toSorted().map((name, index) => `.Xr ${name} 1${index < pages.length - 1 ? ' ,' : ''}`)

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)

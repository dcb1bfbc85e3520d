import { catalogue } from '#explain/catalogue.ts'
import { type Entry, entryKinds } from '#explain/entry.ts'
import { errorTexts } from '#explain/ztunnel-texts.ts'
import { kindWords, notCheckedWords } from '#render/explain/text.ts'
import type { Section } from './man.ts'
import { body } from './mdoc.ts'

/** `docs/codes.md`: the whole catalogue, one heading a code so that reports can link to it. */
export const codesPage = (): string =>
  `${[
    '<!-- Made by `npm run docs` from the catalogue in src/explain and the checks; do not edit. -->',
    '# Codes',
    ...entryKinds.flatMap(kind => [
      `## ${kindWords[kind]}`,
      ...catalogue.filter(entry => entry.kind === kind).map(entryMarkdown),
    ]),
    '## Error texts of ztunnel',
    'What `ambientctl explain --log` makes of `error=` in a line of ztunnel; the likeliest code first.',
    ['| The text has | Side | It says | Codes |', '| --- | --- | --- | --- |', ...errorTexts.map(row)].join('\n'),
  ].join('\n\n')}\n`

const entryMarkdown = ({ code, title, means, causes, fix, next, see, severity, unseen, fixedIn }: Entry): string =>
  [
    `### ${code}`,
    `**${title}**${severity === undefined ? '' : ` (${severity})`}`,
    ...(unseen === undefined ? [] : [`*${notCheckedWords(unseen)}*`]),
    means,
    ...(causes.length > 0 ? [`Usual causes:\n\n${causes.map(cause => `- ${cause}`).join('\n')}`] : []),
    ...(fix === undefined ? [] : [`Fix: ${fix}`]),
    ...(fixedIn === undefined ? [] : [`Cured in ${fixedIn}.`]),
    ...(next.length > 0 ? [`\`\`\`\n${next.join('\n')}\n\`\`\``] : []),
    ...(see.length > 0 ? [`See also: ${see.map(other => `[${other}](#${other.toLowerCase()})`).join(', ')}`] : []),
  ].join('\n\n')

const row = ({ stem, direction, says, see }: (typeof errorTexts)[number]): string =>
  `| \`${stem.source.replaceAll('|', '\\|')}\` | ${direction ?? 'both'} | ${says} | ${see.map(code => `[${code}](#${code.toLowerCase()})`).join(', ')} |`

/** The sections CODES of ambientctl-explain(1). */
export const codesSections = (): readonly Section[] => [
  [
    'CODES',
    entryKinds.flatMap(kind => [
      `.Ss ${kindWords[kind]}`,
      ...body(
        catalogue
          .filter(entry => entry.kind === kind)
          .map(({ code, title, means }) => `- \`${code}\`: ${title}. ${means}`)
          .join('\n'),
      ),
    ]),
  ],
]

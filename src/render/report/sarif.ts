import { createHash } from 'node:crypto'
import type { Renderer } from '#render/look.ts'
import type { Item, Report, Rule } from './item.ts'

const levels = { error: 'error', warning: 'warning', info: 'note' } as const
const kinds = { failed: 'fail', noted: 'fail', unclear: 'review', ignored: 'fail', passed: 'pass' } as const

/** SARIF 2.1.0, as GitHub code scanning and most viewers take it. */
export const sarif: Renderer<Report> = ({ title, version, items, rules }) => [
  JSON.stringify(
    {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [
        {
          tool: {
            driver: {
              name: 'ambientctl',
              semanticVersion: version,
              rules: rules.map(ruleOf),
            },
          },
          automationDetails: { id: `${title.replaceAll(' ', '-')}/` },
          columnKind: 'utf16CodeUnits',
          results: items.filter(({ outcome }) => outcome !== 'passed').map(item => resultOf(item, rules)),
        },
      ],
    },
    null,
    2,
  ),
]

const ruleOf = ({ id, title, severity, means, help }: Rule) => ({
  id,
  shortDescription: { text: title },
  fullDescription: { text: means },
  defaultConfiguration: { level: levels[severity] },
  help: { text: help, markdown: help },
})

const resultOf = (item: Item, rules: readonly Rule[]) => {
  const { rule, outcome, severity, message, details, object, place, key } = item
  const index = rules.findIndex(({ id }) => id === rule)
  const kind = kinds[outcome]
  return {
    ruleId: rule,
    ...(index >= 0 && { ruleIndex: index }),
    kind,
    level: kind === 'fail' ? levels[severity] : 'none',
    message: { text: [message, ...details].join('\n') },
    locations: [
      {
        ...(place !== undefined && {
          physicalLocation: {
            artifactLocation: { uri: uriOf(place.file) },
            region: {
              startLine: place.line ?? 1,
              ...(place.column !== undefined && { startColumn: place.column }),
            },
          },
        }),
        logicalLocations: [{ fullyQualifiedName: object ?? item.name }],
      },
    ],
    partialFingerprints: { 'ambientctl/v1': createHash('sha256').update(key).digest('hex') },
    ...(outcome === 'ignored' && { suppressions: [{ kind: 'external', justification: message }] }),
  }
}

/** A file name as a URI reference; `-` is standard input. */
const uriOf = (file: string): string => {
  const path = file.split('/').map(encodeURIComponent).join('/')
  return file.startsWith('/') ? `file://${path}` : path
}

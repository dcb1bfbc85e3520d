import { stringify } from 'yaml'
import type { Explanation } from '#explain/explanation.ts'
import type { Renderer } from '#render/look.ts'

/** The published shape of `explain`, `schemas/explain.schema.json`. */
const explainDocument = (explanation: Explanation) => {
  const head = { schemaVersion: 1, kind: 'Explanation' } as const
  switch (explanation.kind) {
    case 'entry':
      return { ...head, entries: [explanation.entry] }
    case 'list':
      return { ...head, entries: explanation.entries }
    case 'log': {
      const { kind, ...classified } = explanation.classified
      return { ...head, log: { outcome: kind, ...classified } }
    }
  }
}

export const explainJson: Renderer<Explanation> = explanation => [JSON.stringify(explainDocument(explanation), null, 2)]

export const explainYaml: Renderer<Explanation> = explanation => [
  stringify(explainDocument(explanation), { aliasDuplicateObjects: false }).trimEnd(),
]

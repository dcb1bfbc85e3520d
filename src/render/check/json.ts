import { stringify } from 'yaml'
import type { Finding } from '#check/finding.ts'
import type { Renderer } from '#render/look.ts'

/** The published shape of `check`, `schemas/check.schema.json`. */
const checkDocument = (findings: readonly Finding[]) => ({ schemaVersion: 1, kind: 'Check', findings }) as const

export const checkJson: Renderer<readonly Finding[]> = findings => [JSON.stringify(checkDocument(findings), null, 2)]

export const checkNdjson: Renderer<readonly Finding[]> = findings => findings.map(finding => JSON.stringify(finding))

export const checkYaml: Renderer<readonly Finding[]> = findings => [
  stringify(checkDocument(findings), { aliasDuplicateObjects: false }).trimEnd(),
]

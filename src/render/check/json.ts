import { stringify } from 'yaml'
import type { Checked } from '#check/checked.ts'
import type { Finding } from '#check/finding.ts'
import type { Renderer } from '#render/look.ts'

/** The published shape of `check`, `schemas/check.schema.json`. */
const checkDocument = (findings: readonly Finding[]) => ({ schemaVersion: 1, kind: 'Check', findings }) as const

export const checkJson: Renderer<Checked> = ({ findings }) => [JSON.stringify(checkDocument(findings), null, 2)]

export const checkNdjson: Renderer<Checked> = ({ findings }) => findings.map(finding => JSON.stringify(finding))

export const checkYaml: Renderer<Checked> = ({ findings }) => [
  stringify(checkDocument(findings), { aliasDuplicateObjects: false }).trimEnd(),
]

import { stringify } from 'yaml'
import type { Checked } from '#check/checked.ts'
import type { Renderer } from '#render/look.ts'

/** The published shape of `check`, `schemas/check.schema.json`. */
const checkDocument = ({ findings, ignored }: Checked) =>
  ({
    schemaVersion: 1,
    kind: 'Check',
    findings,
    ...(ignored !== undefined && {
      ignored: ignored.map(({ finding, reason, expires }) => ({ ...finding, reason, expires })),
    }),
  }) as const

export const checkJson: Renderer<Checked> = checked => [JSON.stringify(checkDocument(checked), null, 2)]

export const checkNdjson: Renderer<Checked> = ({ findings }) => findings.map(finding => JSON.stringify(finding))

export const checkYaml: Renderer<Checked> = checked => [
  stringify(checkDocument(checked), { aliasDuplicateObjects: false }).trimEnd(),
]

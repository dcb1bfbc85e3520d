import { reportsOf } from '#render/report/report.ts'
import { checkJson, checkNdjson, checkYaml } from './json.ts'
import { checkReport } from './report.ts'
import { checkText } from './text.ts'

/** The formats of `check`. */
export const checkRenderers = {
  text: checkText,
  json: checkJson,
  ndjson: checkNdjson,
  yaml: checkYaml,
  ...reportsOf(checkReport),
}

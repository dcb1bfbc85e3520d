import { reportsOf } from '#render/report/report.ts'
import { testJson, testNdjson, testYaml } from './json.ts'
import { testReport } from './report.ts'
import { testText } from './text.ts'

/** The formats of `test`. */
export const testRenderers = {
  text: testText,
  json: testJson,
  ndjson: testNdjson,
  yaml: testYaml,
  ...reportsOf(testReport),
}

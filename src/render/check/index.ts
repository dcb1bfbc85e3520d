import { checkJson, checkNdjson, checkYaml } from './json.ts'
import { checkText } from './text.ts'

/** The formats of `check`. */
export const checkRenderers = { text: checkText, json: checkJson, ndjson: checkNdjson, yaml: checkYaml }

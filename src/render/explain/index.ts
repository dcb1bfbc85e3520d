import { explainJson, explainYaml } from './json.ts'
import { explainText } from './text.ts'

/** The formats of `explain`. */
export const explainRenderers = { text: explainText, json: explainJson, yaml: explainYaml }

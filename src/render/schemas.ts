/** JSON Schemas of what `-o json` prints, by the name of the result. `npm run docs` writes each to `schemas/<name>.schema.json`. */
export const schemas: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {}

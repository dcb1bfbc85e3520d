import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface RecordedFile {
  readonly path: string
  readonly text: string
}

/** Recorded outputs whose name matches, from every folder of the fixtures. */
export const recorded = (name: RegExp): readonly RecordedFile[] =>
  readdirSync('fixtures', { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && name.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
    .map(path => ({ path, text: readFileSync(path, 'utf8') }))

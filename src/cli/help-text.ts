import { readFileSync } from 'node:fs'

/** The help of a command or topic by its words, as the build wrote it down; that of the whole program for no words. */
export const helpText = (words: readonly string[]): string | undefined => {
  if (!words.every(word => /^[a-z][a-z-]*$/.test(word))) return undefined
  try {
    return readFileSync(new URL(`../help/${words.join('-') || 'ambientctl'}.txt`, import.meta.url), 'utf8')
  } catch {
    return undefined
  }
}

import type { InputFile } from '#decode/input.ts'

/** A file that is at hand as text. */
export const textFile = (path: string, text: string, alone = false): InputFile => ({
  path,
  place: path.split('/'),
  alone,
  size: text.length,
  read: () => Promise.resolve({ kind: 'text', text }),
  bytes: async function* () {
    yield new TextEncoder().encode(text)
  },
})

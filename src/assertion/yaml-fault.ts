import type { YAMLError } from 'yaml'
import type { Complaint, Source } from './yaml-at.ts'

/** Why a text is no YAML, as a complaint: the parser's words, and what is mostly meant. */
export const yamlFault = ({ code, message, pos }: YAMLError, { file, lines }: Source): Complaint => {
  const { line, col } = lines.linePos(pos[0])
  const meant = cures[code]
  return {
    place: { file, line: Math.max(1, line), column: Math.max(1, col) },
    says: message.split('\n', 1)[0] ?? message,
    ...(meant !== undefined && { suggestion: meant }),
  }
}

const cures: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  BAD_ALIAS: 'a text in quotes, as * begins an alias',
  BAD_INDENT: 'to indent it as the lines before',
  BAD_SCALAR_START: 'to put the text in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'to put the text with the colon in quotes',
  DUPLICATE_KEY: 'a dash before it, for another element of the list',
  MISSING_CHAR: 'to close what was opened before',
  MULTILINE_IMPLICIT_KEY: 'a colon after it',
  TAB_AS_INDENT: 'spaces',
  UNEXPECTED_TOKEN: 'to put the text in quotes',
}

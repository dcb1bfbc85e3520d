import { Flags } from '@oclif/core'

/**
 * Flags that several commands share. A command takes the ones that work for it:
 * `static override flags = { snapshot, namespace, output: output(dumpRenderers, 'text'), verbose }`.
 */
const helpGroup = 'GLOBAL'

export const snapshot = Flags.string({
  summary:
    'Answer from files instead of a cluster: a directory, an archive, a single file, or - for standard input. Repeatable',
  multiple: true,
  multipleNonGreedy: true,
  helpValue: 'PATH',
  helpGroup,
})

export const namespace = Flags.string({
  char: 'n',
  summary: 'The namespace of names that are given without one',
  helpValue: 'NAME',
  helpGroup,
})

export const verbosity = Flags.option({
  summary: 'How much to tell',
  options: ['minimal', 'summary', 'detailed'] as const,
  default: 'summary',
  helpGroup,
})()

export const verbose = Flags.boolean({
  char: 'v',
  summary: 'List every part of the input that could not be read',
  helpGroup,
})

export const sortBy = Flags.string({
  summary: 'The column to sort by; with a minus in front in descending order',
  helpValue: '[-]NAME',
  parse: async order => order.trim(),
})

/** `--output`, one of the names in a registry of renderers. */
export const output = <Format extends string>(
  renderers: Readonly<Record<Format, unknown>>,
  standard: NoInfer<Format>,
  summary = 'The format of the result',
) =>
  Flags.option({
    char: 'o',
    summary,
    options: Object.keys(renderers) as Format[],
    default: standard,
    helpGroup,
  })()

/** Flags of every command. Both are read before a command is found, see `cli/main.ts` and `cli/terminal.ts`. */
export const everywhere = {
  'no-color': Flags.boolean({ summary: 'No colours (also NO_COLOR; FORCE_COLOR asks for them)', helpGroup }),
  debug: Flags.boolean({ summary: 'Show the stack of a failure', helpGroup }),
}

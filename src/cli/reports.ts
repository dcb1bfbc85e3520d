import { appendFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Flags } from '@oclif/core'
import { errorLook, lookOf, writeLines } from '#cli/terminal.ts'
import { makeFolder } from '#collect/output/make-folder.ts'
import { UserError } from '#errors.ts'
import { closest } from '#reason/closest.ts'
import type { Look, Renderer } from '#render/look.ts'

type Renderers<Result> = Readonly<Record<string, Renderer<Result>>>

/** `--report FORMAT=FILE`, repeatable. */
export const report = Flags.string({
  summary: 'Write a further report, in one of the formats of --output. Repeatable',
  multiple: true,
  multipleNonGreedy: true,
  helpValue: 'FORMAT=FILE',
})

interface Asked<Result> {
  readonly renderer: Renderer<Result>
  readonly file: string
}

/** What `--report` asks for. Throws a UserError for a format that does not exist, before any work is done. */
export const reportsAsked = <Result>(
  renderers: Renderers<Result>,
  flags: readonly string[] = [],
): readonly Asked<Result>[] =>
  flags.map(flag => {
    const [format = '', ...rest] = flag.split('=')
    const file = rest.join('=')
    const renderer = Object.hasOwn(renderers, format) ? renderers[format] : undefined
    if (renderer !== undefined && file !== '') return { renderer, file }
    const meant = closest(format, Object.keys(renderers))
    throw new UserError('usage', `--report ${flag} ${renderer === undefined ? 'names no format' : 'names no file'}`, {
      next: [
        ...(renderer === undefined && meant !== undefined ? [`did you mean ${meant}=${file || 'FILE'}?`] : []),
        `formats: ${Object.keys(renderers).join(', ')}`,
      ],
    })
  })

/** Files are plain text without colours, whatever the terminal can do. */
const fileLook = (): Look => lookOf({}, { ...process.env, FORCE_COLOR: undefined, COLUMNS: undefined })

export const writeReports = async <Result>(asked: readonly Asked<Result>[], result: Result): Promise<void> => {
  for (const { renderer, file } of asked) {
    await writeText(file, textOf(renderer, result))
  }
}

/** Writes a file of ours, and the folders above it. */
export const writeText = async (file: string, text: string): Promise<void> => {
  await makeFolder(dirname(file))
  await writeFile(file, text).catch((cause: unknown) => {
    throw new UserError('usage', `cannot write ${file}`, { cause })
  })
}

const textOf = <Result>(renderer: Renderer<Result>, result: Result): string =>
  [...renderer(result, fileLook())].map(line => `${line}\n`).join('')

/** In GitHub Actions: annotations on standard error, where they spoil no result, and the step summary. */
export const tellGithub = async <Result>(
  { github, markdown }: { readonly github: Renderer<Result>; readonly markdown: Renderer<Result> },
  result: Result,
): Promise<void> => {
  if (process.env.GITHUB_ACTIONS !== 'true') return
  await writeLines(process.stderr, github(result, errorLook()))
  const summary = process.env.GITHUB_STEP_SUMMARY
  if (summary !== undefined && summary !== '') await appendFile(summary, `${textOf(markdown, result)}\n`)
}

import type { Look, Renderer } from '#render/look.ts'
import { github } from './github.ts'
import { gitlab } from './gitlab.ts'
import { html } from './html.ts'
import type { Report } from './item.ts'
import { junit } from './junit.ts'
import { markdown } from './markdown.ts'
import { sarif } from './sarif.ts'
import { tap } from './tap.ts'

/** The formats that pipelines read, for any result that can be told as a report. */
export const reportsOf = <Result>(reportOf: (result: Result) => Report) => {
  const of =
    (format: Renderer<Report>): Renderer<Result> =>
    (result: Result, look: Look) =>
      format(reportOf(result), look)
  return {
    junit: of(junit),
    sarif: of(sarif),
    tap: of(tap),
    github: of(github),
    gitlab: of(gitlab),
    markdown: of(markdown),
    html: of(html),
  } as const
}

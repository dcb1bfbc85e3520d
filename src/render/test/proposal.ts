import { stringify } from 'yaml'
import type { Proposal } from '#assertion/propose.ts'
import type { Renderer } from '#render/look.ts'

/** The first line of an assertion file, by which editors find the schema. */
const editorLine = '# yaml-language-server: $schema=https://unpkg.com/ambientctl/schemas/assertions.schema.json'

/** An assertion file that holds today: one suite a namespace. */
export const proposalYaml: Renderer<readonly Proposal[]> = function* (proposals) {
  yield editorLine
  yield '# What the mesh allows and refuses today, by ambientctl test init. Remove what is not meant before keeping it.'
  for (const [index, namespace] of [...new Set(proposals.map(one => one.namespace))].entries()) {
    if (index > 0) yield '---'
    const tests = proposals.filter(one => one.namespace === namespace).flatMap(testsOf)
    yield stringify({ apiVersion: 'ambientctl/v1', suite: namespace, tests }, { lineWidth: 0 }).trimEnd()
  }
}

const testsOf = ({ url, allowed, refused, via, mtls }: Proposal) => [
  ...(allowed.length === 0
    ? []
    : [
        {
          name: `${url} is reached`,
          from: allowed,
          request: { url },
          expect: { verdict: 'delivered', ...(via !== undefined && { via }), ...(mtls && { mtls: true }) },
        },
      ]),
  ...refused.map(({ code, from }) => ({
    name: `${url} is refused: ${code}`,
    from,
    request: { url },
    expect: { verdict: 'rejected', code },
  })),
]

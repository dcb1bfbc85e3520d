import type { ZtunnelProvenance } from '#dump/ztunnel/provenance.ts'
import { capturedText } from '#render/dump/captured.ts'
import { unknown } from '#render/dump/refs.ts'

/** Where the rows of a table are from, in one line, as far as that is known. */
export const provenanceLine = (dumps: readonly ZtunnelProvenance[], present: Date): string => {
  const [only, ...others] = dumps
  const captured = capturedText(dumps, present)
  const parts = only !== undefined && others.length === 0 ? partsOf(only) : [summaryOf(dumps)]
  return [...parts, ...(captured === undefined ? [] : [captured])].join(', ')
}

const partsOf = ({ file, node, pod, version }: ZtunnelProvenance): readonly string[] => [
  `ztunnel ${version} on ${node ?? `${unknown} node`}`,
  ...(pod === undefined ? [] : [`pod ${pod}`]),
  `from ${file}`,
]

const summaryOf = (dumps: readonly ZtunnelProvenance[]): string => {
  const versions = [...new Set(dumps.map(({ version }) => version))]
  return `${dumps.length} ztunnels ${versions.join(' and ')}`
}

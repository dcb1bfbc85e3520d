import type { Path, Trace } from '#trace/trace.ts'
import { verdictsOf } from '#trace/trace.ts'

/** What is asked, as on the first line of a trace. */
export const target = ({ request: { scheme, host, port, path, method } }: Trace): string => {
  const address = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
  return scheme === 'tcp' || scheme === 'tls' ? address : `${address}${path}  ${method}`
}

/** The code of a trace whose branches are all refused for the same reason. */
export const codeOf = (path: Path): string => {
  const codes = new Set(verdictsOf(path).map(verdict => (verdict.kind === 'rejected' ? verdict.code : '')))
  const [only] = codes
  return codes.size === 1 && only !== undefined ? only : ''
}

import type { FailureCount } from '#model/failure-count.ts'

/** The samples of a Prometheus text that count failed connections; what else a proxy counts says nothing of one request. */
export const readFailureCounts = (text: string, file: string): readonly FailureCount[] =>
  text.split('\n').flatMap((line, index) => {
    const [, written = '', value = ''] = /^istio_tcp_connections_\w+_total\{(.*)\} (\S+)/.exec(line) ?? []
    const labels = readLabels(written)
    const { response_flags: flag = '-' } = labels
    const count = Number(value)
    return flag === '-' || !(count > 0) ? [] : [{ file, line: index + 1, flag, count, labels, text: line.trimEnd() }]
  })

const readLabels = (text: string): Readonly<Record<string, string>> => {
  const found: Record<string, string> = {}
  for (const [, name = '', value = ''] of text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g))
    found[name] = value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
  return found
}

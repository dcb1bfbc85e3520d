import type { LogLine } from '#model/access-log.ts'

/**
 * The text format of Istio: `[TIME] "METHOD PATH PROTOCOL" STATUS FLAGS DETAILS TERMINATION "TRANSPORT FAILURE" …`.
 * A connection without HTTP has `"- - -" 0`.
 */
const format = /"(?:[^"\\]|\\.)*" (?<status>\d{1,3}) (?<flags>-|[A-Z][A-Z0-9]*(?:,[A-Z][A-Z0-9]*)*)(?: (?<rest>.*))?$/

export const envoyLine = (line: string): LogLine | undefined => {
  const { status = '0', flags = '-', rest = '' } = format.exec(line)?.groups ?? { status: '', flags: '' }
  if (status === '') return undefined
  const details = [...rest.matchAll(/"([^"]*)"|(\S+)/g)].slice(0, 3).map(([, quoted, plain]) => quoted ?? plain ?? '')
  return {
    proxy: 'envoy',
    ...(Number(status) > 0 && { status: Number(status) }),
    flags: flags === '-' ? [] : flags.split(','),
    details: details.filter(text => text !== '' && text !== '-' && !/^\d+$/.test(text)),
  }
}

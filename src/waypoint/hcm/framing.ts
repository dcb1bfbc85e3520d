import type { HeaderList, InnerHttp } from '../request.ts'

/** All values of a header as they were sent, without the blanks around them. */
export const valuesOf = (headers: HeaderList, name: string): readonly string[] =>
  headers.flatMap(([own, value]) => (own.toLowerCase() === name ? [value.trim()] : []))

/** Whether a request says its length once, as a number, or not at all. */
export const hasPlainLength = ({ headers }: InnerHttp): boolean => {
  const told = valuesOf(headers, 'content-length')
  return told.length <= 1 && told.every(value => /^\d+$/.test(value))
}

/** Bytes of the body; undefined where only its end shows how many they are. */
export const bodyLength = ({ headers, bodyBytes }: InnerHttp): number | undefined => {
  const [told] = valuesOf(headers, 'content-length')
  return bodyBytes ?? (told === undefined ? undefined : Number(told))
}

/** What Envoy does not take of the way in which an HTTP/1 request tells its body from what follows. */
export type FramingError =
  | 'http1.content_length_and_chunked_not_allowed'
  | 'http1.invalid_transfer_encoding'
  | 'http1.body_disallowed'

export const framingError = ({ method, headers, bodyBytes = 0 }: InnerHttp): FramingError | undefined => {
  const encodings = valuesOf(headers, 'transfer-encoding')
  const [length] = valuesOf(headers, 'content-length')
  const tunnels = method === 'CONNECT'
  if (encodings.length > 0 && length !== undefined) return 'http1.content_length_and_chunked_not_allowed'
  if (encodings.length > 0 && (tunnels || encodings.join(',').toLowerCase() !== 'chunked'))
    return 'http1.invalid_transfer_encoding'
  return tunnels && Number(length ?? bodyBytes) > 0 ? 'http1.body_disallowed' : undefined
}

import { numberAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Headers } from '../headers.ts'
import type { InnerHttp } from '../request.ts'

export interface StreamReset {
  readonly details: string
  readonly flag: 'DPE' | 'DR'
}

export type CodecResult =
  | {
      readonly kind: 'request'
      readonly headers: Headers
      readonly version: InnerHttp['version']
      /** The headers are taken, and the stream is reset once the body shows that it is not the one that they tell of. */
      readonly cutShort?: StreamReset
      /** What the log tells of a reply that Envoy makes while the body is still to come. */
      readonly detailsOfReply?: string
    }
  /** Answered by the codec, before there is a request. */
  | {
      readonly kind: 'error'
      readonly status: number
      readonly details: string
      readonly body: string
    }
  /** HTTP/2 resets the stream or connection instead of answering. */
  | ({ readonly kind: 'reset' } & StreamReset)
  | { readonly kind: 'waiting' }

export type CodecError = Extract<CodecResult, { kind: 'error' }>

export const maxBytes = (config: EnvoyJson): number => (numberAt(config, 'max_request_headers_kb') ?? 60) * 1024
export const maxHeaders = (config: EnvoyJson): number =>
  numberAt(config, 'common_http_protocol_options', 'max_headers_count') ?? 100

/** Names of headers and methods are tokens (RFC 9110 §5.6.2). */
export const token = /^[\w!#$%&'*+\-.^`|~]+$/

/** Characters of a name of a host, in HTTP/1; over HTTP/2 there is no `@`. */
export const hostCharacters = /^[\w!$%&'()*+,\-.:;=@[\]~]*$/

/** What becomes of a header with an underscore in its name, which other servers take for a `-`. */
export type UnderscoreFate = 'kept' | 'dropped' | 'refused'

const fates: Readonly<Record<string, UnderscoreFate>> = { REJECT_REQUEST: 'refused', DROP_HEADER: 'dropped' }

export const fateOf = (name: string, config: EnvoyJson): UnderscoreFate => {
  if (!name.includes('_')) return 'kept'
  const action = textAt(config, 'common_http_protocol_options', 'headers_with_underscores_action')
  return fates[action ?? ''] ?? 'kept'
}

import { UserError } from '#errors.ts'
import { type Right, rightText, ruleOf } from './right.ts'

/** Why something could not be had from a cluster. `transient`: asking again may help. */
export class ClusterFailure extends UserError {
  readonly transient: boolean
  /** Milliseconds that the server asks to wait before the next attempt. */
  readonly retryAfter: number | undefined
  /** HTTP status of the API server, if it answered. */
  readonly status: number | undefined

  constructor(
    kind: 'unreachable' | 'permission' | 'timeout' | 'input',
    message: string,
    options: {
      readonly next?: readonly string[]
      readonly cause?: unknown
      readonly transient?: boolean
      readonly retryAfter?: number | undefined
      readonly status?: number
    } = {},
  ) {
    super(kind, message, options)
    this.name = 'ClusterFailure'
    this.transient = options.transient ?? false
    this.retryAfter = options.retryAfter
    this.status = options.status
  }
}

/** What failed and, where it is known, why. */
export const reasonOf = ({ message, cause }: ClusterFailure): string => {
  const deeper = cause instanceof Error ? cause.message : typeof cause === 'string' ? cause : undefined
  return deeper === undefined ? message : `${message}: ${deeper}`
}

/** How a connection failed, by the code of Node or OpenSSL. */
const certificateCodes: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that the kubeconfig does not name',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an authority that the kubeconfig does not name',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority that the kubeconfig does not name',
  CERT_SIGNATURE_FAILURE: 'its certificate was not signed by the authority of the kubeconfig',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: is the clock right?',
}

const connectionCodes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name does not resolve now',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ETIMEDOUT: 'it does not answer',
  EPROTO: 'it does not speak TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS',
}

/** Where the API server is, and what stands in between. */
export interface Way {
  readonly server: URL
  readonly proxy: URL | undefined
}

/** A connection to the API server that failed before an answer, or in the middle of one. */
export const connectionFailure = (cause: unknown, { server, proxy }: Way): ClusterFailure => {
  const code = codeOf(cause)
  const certificate = certificateCodes[code]
  if (certificate !== undefined)
    return new ClusterFailure('unreachable', `the API server ${server.host} is not trusted: ${certificate}`, {
      cause,
      next: ['check certificate-authority and tls-server-name of the cluster in the kubeconfig'],
    })
  const why = connectionCodes[code]
  const refusal = /^Bad response: (\d+)/.exec(cause instanceof Error ? cause.message : '')?.[1]
  if (proxy !== undefined && (why !== undefined || refusal !== undefined))
    return new ClusterFailure(
      'unreachable',
      refusal === undefined
        ? `the proxy ${proxy.host} cannot be reached: ${why}`
        : `the proxy ${proxy.host} does not let through to ${server.host}: it answered ${refusal}`,
      { cause, transient: refusal === undefined || refusal.startsWith('5'), next: proxySettings },
    )
  if (why !== undefined)
    return new ClusterFailure('unreachable', `the API server ${server.host} cannot be reached: ${why}`, {
      cause,
      transient: code !== 'ENOTFOUND' && !code.includes('PROTO') && !code.startsWith('ERR_SSL'),
      next: ['kubectl cluster-info asks the same server', '--context NAME chooses another cluster'],
    })
  return new ClusterFailure('unreachable', `the connection to the API server ${server.host} broke`, {
    cause,
    transient: true,
    next: ['kubectl get --raw /readyz asks the same server: is it restarting?'],
  })
}

const proxySettings = ['it comes from proxy-url in the kubeconfig, or from HTTPS_PROXY; NO_PROXY excepts servers']

const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''

/** What an answer of the API server other than success means. `body` is a Status object, or anything. */
export const statusFailure = (
  status: number,
  body: string,
  {
    what,
    right,
    retryAfter,
  }: { readonly what: string; readonly right?: Right | undefined; readonly retryAfter?: number | undefined },
): ClusterFailure => {
  const cause = messageOf(body) ?? `HTTP ${status}`
  switch (status) {
    case 401:
      return new ClusterFailure(
        'permission',
        'the API server does not accept the credentials: has the token expired?',
        {
          cause,
          status,
          next: ['kubectl auth whoami tells who you are', 'log in again'],
        },
      )
    case 403:
      return forbidden(cause, what, right)
    case 404:
      return new ClusterFailure('unreachable', `${what}: not found`, {
        cause,
        status,
        next: ['run it again: what is gone may have been replaced'],
      })
    case 410:
      return new ClusterFailure('unreachable', `${what}: the list changed while it was read`, {
        cause,
        status,
        transient: true,
      })
    case 429:
      return new ClusterFailure('unreachable', `${what}: the API server is overloaded`, {
        cause,
        status,
        transient: true,
        retryAfter,
      })
    default:
      return new ClusterFailure('unreachable', `${what}: the API server answered ${status}`, {
        cause,
        status,
        transient: status >= 500,
        retryAfter,
      })
  }
}

const forbidden = (cause: string, what: string, right: Right | undefined): ClusterFailure =>
  new ClusterFailure(
    'permission',
    right === undefined ? `${what}: not permitted` : `not permitted: ${rightText(right)}`,
    {
      cause,
      status: 403,
      next: [
        ...(right === undefined ? [] : [`add this rule to a role of yours: ${ruleOf(right)}`]),
        'ambientctl check access lists what you may do',
      ],
    },
  )

const messageOf = (body: string): string | undefined => {
  try {
    const status: unknown = JSON.parse(body)
    if (typeof status === 'object' && status !== null && 'message' in status) return String(status.message)
  } catch {
    // Not a Status: a proxy in between speaks for itself.
  }
  const line = body.trim().split('\n')[0]?.slice(0, 200)
  return line === '' ? undefined : line
}

export const timedOut = (what: string, milliseconds: number): ClusterFailure =>
  new ClusterFailure('timeout', `${what}: no answer within ${milliseconds / 1000} s`, {
    next: ['--request-timeout 2m waits longer'],
  })

export const interrupted = (): UserError => new UserError('interrupted', 'interrupted')

import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { Fault } from './faults.ts'

/** Sends an answer as a fault has it. Faults of other layers leave it whole. */
export const send = async (
  response: ServerResponse,
  code: number,
  body: string | Uint8Array,
  fault: Fault | undefined,
  type = 'application/json',
): Promise<void> => {
  const bytes = Buffer.from(body)
  const half = bytes.subarray(0, Math.floor(bytes.length / 2))
  response.setHeader('content-type', type)
  switch (fault?.kind) {
    case 'stall':
      return
    case 'reset':
      response.destroy()
      return
    case 'status':
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', String(fault.retryAfter))
      response.writeHead(fault.code)
      response.end(statusBody(fault.code, fault.message ?? `made to fail with ${fault.code}`))
      return
    case 'instead':
      response.writeHead(fault.code ?? 200)
      response.end(fault.body)
      return
    case 'reset-mid-stream':
    case 'stall-mid-stream':
      response.writeHead(code, { 'content-length': bytes.length })
      response.write(half)
      await sleep(20)
      if (fault.kind === 'reset-mid-stream') response.destroy()
      return
    case 'truncate':
      response.writeHead(code)
      response.end(bytes.subarray(0, Math.floor(bytes.length * (fault.share ?? 0.5))))
      return
    case 'drip':
      response.writeHead(code)
      for (let at = 0; at < 10; at++) {
        response.write(bytes.subarray(Math.floor((at * bytes.length) / 10), Math.floor(((at + 1) * bytes.length) / 10)))
        await sleep(fault.milliseconds / 10)
      }
      response.end()
      return
    case 'gzip':
      response.writeHead(code, { 'content-encoding': 'gzip' })
      response.end(gzipSync(bytes))
      return
    default:
      response.writeHead(code)
      response.end(bytes)
  }
}

export const statusBody = (code: number, message: string): string =>
  JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code })

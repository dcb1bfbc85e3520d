import { Duplex } from 'node:stream'
import type WebSocket from 'ws'
import type { RawData } from 'ws'
import { closeSocket } from './api-server.ts'
import { ClusterFailure } from './failure.ts'

/** Channels of a port-forward for one port, and the frame by which protocol 5 closes one of them. */
const [dataChannel, errorChannel, closeChannel] = [0, 1, 255]

/** Each channel begins with the port: two bytes, the low one first. */
const portBytes = 2

/** One TCP stream to a port of a pod, as a socket for `http.request`; no local port is opened. */
export class PodStream extends Duplex {
  private readonly socket: WebSocket
  private readonly toSkip = [portBytes, portBytes]

  constructor(socket: WebSocket) {
    super()
    this.socket = socket
    socket.binaryType = 'nodebuffer'
    socket.on('message', data => this.receive(bytesOf(data)))
    socket.on('close', code => this.finish(code))
    socket.on('error', cause => this.destroy(broken(cause)))
  }

  override _read(): void {
    if (this.socket.isPaused) this.socket.resume()
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.socket.send(Buffer.concat([Buffer.of(dataChannel), chunk]), done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    closeSocket(this.socket)
    done(error)
  }

  private receive(frame: Buffer): void {
    const [channel] = frame
    if (channel === closeChannel) {
      if (frame[1] === dataChannel) this.push(null)
      return
    }
    if (channel !== dataChannel && channel !== errorChannel) return
    const skipped = Math.min(this.toSkip[channel] ?? 0, frame.length - 1)
    this.toSkip[channel] = (this.toSkip[channel] ?? 0) - skipped
    const payload = frame.subarray(1 + skipped)
    if (payload.length === 0) return
    if (channel === errorChannel) this.destroy(refusedInPod(payload.toString()))
    else if (!this.push(payload)) this.socket.pause()
  }

  /** Older protocols end a stream by closing the socket; whether the answer is complete, HTTP tells. */
  private finish(code: number): void {
    if (code === 1006) this.destroy(broken('the connection was cut'))
    else if (!this.readableEnded) this.push(null)
  }
}

/** The kubelet says on the error channel why it cannot reach the port. */
const refusedInPod = (message: string): ClusterFailure =>
  new ClusterFailure('unreachable', 'the port of the pod cannot be reached', {
    cause: message.trim(),
    transient: true,
    next: [
      /refused/.test(message) ? 'is the proxy running? kubectl logs tells' : 'kubectl describe pod tells its state',
    ],
  })

const broken = (cause: unknown): ClusterFailure =>
  new ClusterFailure('unreachable', 'the port-forward broke', { cause, transient: true })

export const bytesOf = (data: RawData): Buffer =>
  Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data)

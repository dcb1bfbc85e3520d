import type { Kernel } from './kernel.ts'

export interface Port {
  readonly netns: string
  readonly dev: string
}

/** The recorded namespaces and the veth pairs between them. */
export class Topology {
  readonly kernels: ReadonlyMap<string, Kernel>
  private readonly wires = new Map<string, Port>()

  constructor(kernels: Iterable<Kernel>, wires: Iterable<readonly [Port, Port]> = []) {
    this.kernels = new Map([...kernels].map(kernel => [kernel.name, kernel]))
    for (const [left, right] of wires) {
      this.wires.set(keyOf(left), right)
      this.wires.set(keyOf(right), left)
    }
  }

  farEnd(netns: string, dev: string): { readonly kernel: Kernel; readonly dev: string } | undefined {
    const port = this.wires.get(keyOf({ netns, dev }))
    const kernel = port === undefined ? undefined : this.kernels.get(port.netns)
    return port === undefined || kernel === undefined ? undefined : { kernel, dev: port.dev }
  }
}

const keyOf = ({ netns, dev }: Port): string => `${netns}\n${dev}`

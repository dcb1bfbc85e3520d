import { PackedKeys } from './packed-keys.ts'

/**
 * Numbers keys such as `namespace/hostname` from 0 in the order in which they come. A `Map` is the fastest for the first; of
 * half a million it would take 130 bytes each, so that the others are packed into less than half of that.
 */
export class KeyNumbers {
  private readonly mostHeld: number
  private readonly held = new Map<string, number>()
  private readonly heldKeys: string[] = []
  private readonly packed = new PackedKeys()

  constructor(mostHeld = 1 << 16) {
    this.mostHeld = mostHeld
  }

  get size(): number {
    return this.heldKeys.length + this.packed.size
  }

  /** The number of a key, which gets one when it has none. */
  add(key: string): number {
    const known = this.held.get(key)
    if (known !== undefined) return known
    if (this.heldKeys.length === this.mostHeld) return this.mostHeld + this.packed.add(key)
    const number = this.heldKeys.push(key) - 1
    this.held.set(key, number)
    return number
  }

  find(key: string): number | undefined {
    const known = this.held.get(key)
    if (known !== undefined || this.packed.size === 0) return known
    const number = this.packed.find(key)
    return number === undefined ? undefined : this.mostHeld + number
  }

  has(key: string): boolean {
    return this.find(key) !== undefined
  }

  /** The key that has a number. */
  keyOf(number: number): string {
    return this.heldKeys[number] ?? this.packed.keyOf(number - this.mostHeld)
  }
}

/** Requests of one invariant: a mesh that has more of them leaves the others open, and is told so. */
export const mostTried = 15_000

/** All pairs, or of too many an even choice in which every target, and as many clients as possible, comes. */
export function* pairs<A, B>(sources: readonly A[], targets: readonly B[], most: number): Generator<readonly [A, B]> {
  const all = sources.length * targets.length
  const count = Math.min(all, most)
  const stride = strideThrough(sources.length)
  for (let index = 0; index < count; index++) {
    const at = all <= most ? Math.floor(index / targets.length) : (index * stride) % sources.length
    const target = all <= most ? index % targets.length : Math.floor((index * targets.length) / count)
    const [source, to] = [sources[at], targets[target]]
    if (source !== undefined && to !== undefined) yield [source, to]
  }
}

/** A step that visits every index once before it comes back, far apart. */
const strideThrough = (size: number): number => {
  for (let stride = Math.max(1, Math.round(size * 0.618)); ; stride++)
    if (commonDivisor(stride, size) <= 1) return stride
}

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b))

/**
 * Sorts in place as Go's `sort` package does, which istioctl uses: rows with equal keys come out in an order of their own,
 * and a table that is compared byte by byte must have the same. A pattern-defeating quicksort: insertion sort up to 12,
 * the pivot a median of three or of three medians, random swaps (seeded with the length) after an unbalanced partition,
 * heap sort when that does not help.
 */
export const sortLikeIstioctl = <T>(rows: T[], compare: (a: T, b: T) => number): T[] => {
  const sorter = new PatternDefeatingSort(rows, (a, b) => compare(a, b) < 0)
  sorter.sort(0, rows.length, bitLength(rows.length))
  return rows
}

const insertionLength = 12
const nintherLength = 50
const mostPivotSwaps = 12
const repairs = 5

const bitLength = (value: number): number => 32 - Math.clz32(value)

type Hint = 'increasing' | 'decreasing' | 'unknown'

class PatternDefeatingSort<T> {
  private readonly rows: T[]
  private readonly before: (a: T, b: T) => boolean

  constructor(rows: T[], before: (a: T, b: T) => boolean) {
    this.rows = rows
    this.before = before
  }

  sort(from: number, to: number, limit: number): void {
    let balanced = true
    let partitioned = true
    while (to - from > insertionLength) {
      if (limit === 0) {
        this.heapSort(from, to)
        return
      }
      if (!balanced) {
        this.breakPatterns(from, to)
        limit--
      }
      let [pivot, hint] = this.choosePivot(from, to)
      if (hint === 'decreasing') {
        this.reverse(from, to)
        pivot = to - 1 - (pivot - from)
        hint = 'increasing'
      }
      if (balanced && partitioned && hint === 'increasing' && this.repair(from, to)) return
      if (from > 0 && !this.less(from - 1, pivot)) {
        from = this.partitionEqual(from, to, pivot)
        continue
      }
      const [middle, already] = this.partition(from, to, pivot)
      partitioned = already
      const [left, right] = [middle - from, to - middle]
      balanced = Math.min(left, right) >= Math.floor((to - from) / 8)
      if (left < right) {
        this.sort(from, middle, limit)
        from = middle + 1
      } else {
        this.sort(middle + 1, to, limit)
        to = middle
      }
    }
    this.insertionSort(from, to)
  }

  private less(a: number, b: number): boolean {
    return this.before(this.rows[a] as T, this.rows[b] as T)
  }

  private swap(a: number, b: number): void {
    const { rows } = this
    const held = rows[a] as T
    rows[a] = rows[b] as T
    rows[b] = held
  }

  private insertionSort(from: number, to: number): void {
    for (let next = from + 1; next < to; next++)
      for (let at = next; at > from && this.less(at, at - 1); at--) this.swap(at, at - 1)
  }

  private heapSort(from: number, to: number): void {
    const length = to - from
    for (let root = Math.floor((length - 1) / 2); root >= 0; root--) this.siftDown(root, length, from)
    for (let last = length - 1; last >= 0; last--) {
      this.swap(from, from + last)
      this.siftDown(0, last, from)
    }
  }

  private siftDown(root: number, length: number, first: number): void {
    for (;;) {
      let child = 2 * root + 1
      if (child >= length) return
      if (child + 1 < length && this.less(first + child, first + child + 1)) child++
      if (!this.less(first + root, first + child)) return
      this.swap(first + root, first + child)
      root = child
    }
  }

  private reverse(from: number, to: number): void {
    for (let low = from, high = to - 1; low < high; low++, high--) this.swap(low, high)
  }

  /** Swaps three rows around the middle with rows chosen by a 64-bit xorshift. */
  private breakPatterns(from: number, to: number): void {
    const length = to - from
    if (length < 8) return
    const mask = BigInt(2 ** bitLength(length) - 1)
    const middle = from + Math.floor(length / 4) * 2 - 1
    let random = BigInt(length)
    for (let index = 0; index < 3; index++) {
      random = BigInt.asUintN(64, random ^ (random << 13n))
      random ^= random >> 7n
      random = BigInt.asUintN(64, random ^ (random << 17n))
      const other = Number(random & mask)
      this.swap(middle - 1 + index, from + (other >= length ? other - length : other))
    }
  }

  private choosePivot(from: number, to: number): [pivot: number, hint: Hint] {
    const length = to - from
    const quarter = Math.floor(length / 4)
    const swaps = { count: 0 }
    let [a, b, c] = [from + quarter, from + quarter * 2, from + quarter * 3]
    if (length >= 8) {
      if (length >= nintherLength) {
        a = this.median(a - 1, a, a + 1, swaps)
        b = this.median(b - 1, b, b + 1, swaps)
        c = this.median(c - 1, c, c + 1, swaps)
      }
      b = this.median(a, b, c, swaps)
    }
    if (swaps.count === 0) return [b, 'increasing']
    return [b, swaps.count === mostPivotSwaps ? 'decreasing' : 'unknown']
  }

  private median(a: number, b: number, c: number, swaps: { count: number }): number {
    const order = (low: number, high: number): [number, number] => {
      if (!this.less(high, low)) return [low, high]
      swaps.count++
      return [high, low]
    }
    ;[a, b] = order(a, b)
    ;[b, c] = order(b, c)
    ;[a, b] = order(a, b)
    return b
  }

  /** Moves at most five rows to their place; true when the rest was sorted already. */
  private repair(from: number, to: number): boolean {
    let at = from + 1
    for (let step = 0; step < repairs; step++) {
      while (at < to && !this.less(at, at - 1)) at++
      if (at === to) return true
      if (to - from < nintherLength) return false
      this.swap(at, at - 1)
      if (at - from >= 2) for (let low = at - 1; low >= 1 && this.less(low, low - 1); low--) this.swap(low, low - 1)
      if (to - at >= 2)
        for (let high = at + 1; high < to && this.less(high, high - 1); high++) this.swap(high, high - 1)
    }
    return false
  }

  /** Rows before the pivot to the left of it; second: whether they were there already. */
  private partition(from: number, to: number, pivot: number): [middle: number, already: boolean] {
    this.swap(from, pivot)
    let [low, high] = [from + 1, to - 1]
    const close = (): void => {
      while (low <= high && this.less(low, from)) low++
      while (low <= high && !this.less(high, from)) high--
    }
    close()
    const already = low > high
    while (low <= high) {
      this.swap(low++, high--)
      close()
    }
    this.swap(high, from)
    return [high, already]
  }

  /** Rows equal to the pivot to the left, larger ones to the right; the index of the first larger one. */
  private partitionEqual(from: number, to: number, pivot: number): number {
    this.swap(from, pivot)
    let [low, high] = [from + 1, to - 1]
    for (;;) {
      while (low <= high && !this.less(from, low)) low++
      while (low <= high && this.less(from, high)) high--
      if (low > high) return low
      this.swap(low++, high--)
    }
  }
}

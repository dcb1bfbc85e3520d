const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Two units at most: `23h 40m`, `3649d`, `12s`. */
export const durationText = (milliseconds: number): string => {
  const span = Math.abs(milliseconds)
  if (span < minute) return `${Math.floor(span / 1000)}s`
  if (span < hour) return `${Math.floor(span / minute)}m`
  if (span < 2 * day) return `${Math.floor(span / hour)}h ${Math.floor((span % hour) / minute)}m`
  return `${Math.floor(span / day)}d`
}

const named: Readonly<Record<string, number>> = {
  raw: -300,
  mangle: -150,
  dstnat: -100,
  filter: 0,
  security: 50,
  srcnat: 100,
}

/** The bridge family counts otherwise (nft(8), "Priority"). */
const namedInBridge: Readonly<Record<string, number>> = { dstnat: -300, filter: -200, out: 100, srcnat: 300 }

/** `-100`, `dstnat`, `mangle + 5`, `filter - 10`. */
export const readPriority = (text: string, family: string | undefined): number | undefined => {
  const parts = /^(?:(-?\d+)|([a-z]+)(?:\s*([+-])\s*(\d+))?)$/.exec(text.trim())
  if (parts === null) return undefined
  if (parts[1] !== undefined) return Number(parts[1])
  const base = (family === 'bridge' ? namedInBridge : named)[parts[2] ?? '']
  if (base === undefined) return undefined
  const offset = Number(parts[4] ?? 0)
  return parts[3] === '-' ? base - offset : base + offset
}

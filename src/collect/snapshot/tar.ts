const blockSize = 512

/** The header of one file of a tar archive (ustar): nothing in it depends on who packs, or when. */
export const tarHeader = (name: string, size: number): Buffer => {
  const header = Buffer.alloc(blockSize)
  const [prefix, rest] = splitName(name)
  header.write(rest, 0, 100)
  header.write(`0000644\0${'0000000\0'.repeat(2)}`, 100)
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write('        ', 148)
  header.write('0', 156)
  header.write('ustar\x0000', 257)
  header.write(prefix, 345, 155)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** Zeros up to the next block. */
export const tarPadding = (size: number): Buffer => Buffer.alloc((blockSize - (size % blockSize)) % blockSize)

export const tarEnd: Buffer = Buffer.alloc(2 * blockSize)

/** A name of more than 100 bytes is divided at a slash. */
const splitName = (name: string): readonly [prefix: string, rest: string] => {
  if (Buffer.byteLength(name) <= 100) return ['', name]
  for (let slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1))
    if (Buffer.byteLength(name.slice(slash + 1)) <= 100 && Buffer.byteLength(name.slice(0, slash)) <= 155)
      return [name.slice(0, slash), name.slice(slash + 1)]
  throw new Error(`no tar archive can hold the name ${name}`)
}

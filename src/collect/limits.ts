/** Bytes up to which a file is read as one string; above, it goes through the element scanner. */
export const wholeLimit = 64 * 1024 * 1024

/** Bytes that any archive may unpack to. */
const anyArchive = 1024 * 1024 * 1024

/** Dumps are packed to a twentieth or thirtieth, what only wants to fill a disk to a thousandth. */
const packing = 100

/** Bytes that an archive of this many bytes may unpack to. */
export const archiveLimit = (packed: number): number => Math.max(anyArchive, packing * packed)

/** Files in one archive. */
export const entriesLimit = 1_000_000

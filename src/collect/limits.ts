/** Bytes up to which a file is read as one string; above, it goes through the element scanner. */
export const wholeLimit = 64 * 1024 * 1024

/** Bytes that an archive may unpack to: it is held whole. */
export const archiveLimit = 1024 * 1024 * 1024

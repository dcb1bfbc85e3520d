import { createWriteStream } from 'node:fs'
import { readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Packs a folder into a `.tar.gz` with one folder at its top, the same bytes for the same files; then the folder goes. */
export const packFolder = async (folder: string, file: string): Promise<void> => {
  const { create } = await import('tar')
  const prefix = basename(file).replace(/\.(tar\.gz|tgz)$/, '')
  const files = await filesBelow(folder, '')
  const packed = create({ cwd: folder, prefix, gzip: true, portable: true, mtime: new Date(0), strict: true }, files)
  await pipeline(Readable.from(packed), createWriteStream(`${file}.tmp`, { mode: 0o600 }))
  await rename(`${file}.tmp`, file)
  await rm(folder, { recursive: true })
}

const filesBelow = async (folder: string, below: string): Promise<string[]> => {
  const files: string[] = []
  const entries = await readdir(join(folder, below), { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) files.push(...(await filesBelow(folder, path)))
    else files.push(path)
  }
  return files
}

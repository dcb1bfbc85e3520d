import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { UserError } from '#errors.ts'
import { onDisk } from '../stored.ts'
import { readTar } from '../tar.ts'
import { SnapshotFolder } from './folder.ts'

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

/** Takes a snapshot out of the archive that `packFolder` made of it, to go on with it. */
const unpackFolder = async (file: string, folder: string): Promise<void> => {
  const entries = await readTar(onDisk(file, (await stat(file)).size), file)
  if ('kind' in entries) throw new UserError('input', `${file} ${entries.why}`, { next: entries.next })
  for (const { name, stored } of entries) {
    const place = join(folder, name.slice(name.indexOf('/') + 1))
    await mkdir(dirname(place), { recursive: true })
    await pipeline(Readable.from(stored.chunks()), createWriteStream(place, { mode: 0o600 }))
  }
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

/** The folder of a snapshot that becomes an archive; what an earlier archive of that name has is in it. */
export const openArchive = async (file: string): Promise<SnapshotFolder> => {
  const folder = `${file}.partial`
  const isThere = async (path: string) => (await stat(path).catch(() => undefined)) !== undefined
  if ((await isThere(folder)) || !(await isThere(file))) return SnapshotFolder.open(folder)
  try {
    await unpackFolder(file, folder)
    return await SnapshotFolder.open(folder)
  } catch (cause) {
    await rm(folder, { recursive: true, force: true })
    if (!(cause instanceof UserError)) throw cause
    throw new UserError('usage', `${file} is there and is no snapshot that misses something`, {
      cause,
      next: ['-o NAME.tar.gz of a new archive'],
    })
  }
}

import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { tarEnd, tarHeader, tarPadding } from './tar.ts'

/** Packs a folder into a `.tar.gz` with one folder at its top, the same bytes for the same files; then the folder goes. */
export const packFolder = async (folder: string, file: string): Promise<void> => {
  const top = basename(file).replace(/\.(tar\.gz|tgz)$/, '')
  await pipeline(archive(folder, top), createGzip(), createWriteStream(`${file}.tmp`, { mode: 0o600 }))
  await rename(`${file}.tmp`, file)
  await rm(folder, { recursive: true })
}

async function* archive(folder: string, top: string): AsyncGenerator<Uint8Array> {
  for await (const path of filesBelow(folder, '')) {
    const place = join(folder, path)
    const { size } = await stat(place)
    yield tarHeader(`${top}/${path}`, size)
    yield* createReadStream(place) as AsyncIterable<Uint8Array>
    yield tarPadding(size)
  }
  yield tarEnd
}

async function* filesBelow(folder: string, below: string): AsyncGenerator<string> {
  const entries = await readdir(join(folder, below), { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) yield* filesBelow(folder, path)
    else yield path
  }
}

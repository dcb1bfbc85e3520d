import { createHash } from 'node:crypto'
import { appendFile, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolder } from '#collect/output/make-folder.ts'
import { UserError } from '#errors.ts'
import { asRecord, list } from '#model/kubernetes.ts'
import type { Item, Subject } from '../item.ts'
import { type Redactions, redactBytes, redactText } from './redact.ts'

/** What `snapshot.json` says of one file. */
export interface IndexEntry {
  readonly path: string
  readonly kind: string
  readonly subject: Subject
  readonly capturedAt: string
  readonly how: string
  /** Of the file as it was written. */
  readonly sha256: string
  /** `token: 2` */
  readonly redactions: readonly string[]
}

/** What was asked for and could not be had. */
export interface MissingEntry {
  readonly path: string
  readonly why: string
}

export interface SnapshotHead {
  readonly version: string
  readonly context: string
  readonly takenAt: Date
}

const index = 'snapshot.json'
const journal = 'snapshot.partial.jsonl'

/**
 * A snapshot that grows in a directory. Each file is complete or not there, and a journal tells which are, so that a run
 * that was interrupted, or lost some evidence, goes on where it stopped.
 */
export class SnapshotFolder {
  readonly path: string
  private readonly entries: Map<string, IndexEntry>
  private readonly missing = new Map<string, string>()

  private constructor(path: string, entries: Iterable<IndexEntry>) {
    this.path = path
    this.entries = new Map([...entries].map(entry => [entry.path, entry]))
  }

  /** Begins a snapshot, or goes on with one that misses something. Throws a UserError for a folder that is anything else. */
  static async open(path: string): Promise<SnapshotFolder> {
    await makeFolder(path)
    const names = await namesIn(path)
    const kept = names.includes(journal)
      ? await fromJournal(join(path, journal))
      : names.includes(index)
        ? await fromIndex(path)
        : []
    if (names.length > 0 && !names.includes(journal) && !names.includes(index))
      throw new UserError('usage', `${path} is neither empty nor a snapshot`, { next: ['-o NAME of a new directory'] })
    const intact: IndexEntry[] = []
    for (const entry of kept) if (await isIntact(path, entry)) intact.push(entry)
    return new SnapshotFolder(path, intact)
  }

  get size(): number {
    return this.entries.size
  }

  get missed(): number {
    return this.missing.size
  }

  /** Is this file, or something in this folder, already there? */
  has(path: string): boolean {
    return this.entries.has(path) || [...this.entries.keys()].some(known => known.startsWith(`${path}/`))
  }

  async add(item: Item): Promise<void> {
    if (item.content.kind === 'unreadable') {
      this.missing.set(item.path, item.content.why)
      return
    }
    const redactions: Redactions = new Map()
    const pieces =
      item.content.kind === 'text'
        ? [redactText(item.content.text, redactions)]
        : redactBytes(item.content.bytes(), redactions)
    const entry = {
      path: item.path,
      kind: item.kind,
      subject: item.subject,
      capturedAt: item.capturedAt.toISOString(),
      how: item.how,
      sha256: await writeWhole(placeIn(this.path, item.path), pieces),
      redactions: [...redactions].map(([kind, count]) => `${kind}: ${count}`),
    }
    this.entries.set(item.path, entry)
    await appendFile(join(this.path, journal), `${JSON.stringify(entry)}\n`)
  }

  /** Writes the index: the snapshot is complete. */
  async finish({ version, context, takenAt }: SnapshotHead): Promise<void> {
    const byPath = (a: { readonly path: string }, b: { readonly path: string }) => (a.path < b.path ? -1 : 1)
    const told = {
      schemaVersion: 1,
      tool: { name: 'ambientctl', version },
      context,
      takenAt: takenAt.toISOString(),
      items: [...this.entries.values()].sort(byPath),
      missing: [...this.missing].map(([path, why]): MissingEntry => ({ path, why })).sort(byPath),
    }
    await writeFile(join(this.path, index), `${JSON.stringify(told, undefined, 2)}\n`)
    await rm(join(this.path, journal), { force: true })
  }
}

const namesIn = (path: string): Promise<readonly string[]> =>
  readdir(path).catch((cause: unknown) => {
    throw new UserError('usage', `${path} is no folder`, { cause, next: ['-o NAME of a new directory'] })
  })

const fromJournal = async (file: string): Promise<readonly IndexEntry[]> =>
  (await readFile(file, 'utf8')).split('\n').flatMap(line => {
    try {
      return [JSON.parse(line) as IndexEntry]
    } catch {
      return []
    }
  })

const fromIndex = async (path: string): Promise<readonly IndexEntry[]> => {
  const told = asRecord(JSON.parse(await readFile(join(path, index), 'utf8')))
  if (list(told.missing).length === 0)
    throw new UserError('usage', `${path} is a complete snapshot`, { next: ['-o NAME of a new directory'] })
  return list(told.items) as readonly IndexEntry[]
}

const isIntact = async (path: string, { path: name, sha256 }: IndexEntry): Promise<boolean> => {
  const bytes = await readFile(placeIn(path, name)).catch(() => undefined)
  return bytes !== undefined && createHash('sha256').update(bytes).digest('hex') === sha256
}

/** Names come from the cluster: none may lead out of the snapshot. */
const placeIn = (root: string, path: string): string => {
  const parts = path.split('/')
  if (parts.some(part => part === '' || part === '.' || part === '..' || /[\\\0:]/.test(part)))
    throw new UserError('input', `the cluster has a name that no file can have: ${path}`)
  return join(root, ...parts)
}

/** Writes beside the place and moves there when it is whole; the hash of what was written. */
const writeWhole = async (file: string, pieces: Iterable<string> | AsyncIterable<string>): Promise<string> => {
  await makeFolder(dirname(file))
  const hash = createHash('sha256')
  const handle = await open(`${file}.tmp`, 'w', 0o600)
  try {
    for await (const piece of pieces) {
      hash.update(piece)
      await handle.write(piece)
    }
  } finally {
    await handle.close()
  }
  await rename(`${file}.tmp`, file)
  return hash.digest('hex')
}

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeNetns } from '#decode/netfilter/netns.ts'
import { familyOf } from '#decode/netns.ts'
import { recognise } from '#decode/recognise.ts'
import type { Netns, NetnsFile } from '#model/netfilter.ts'

/** What the tools printed in one network namespace, by the name of the file it is kept in. */
export type Recording = Readonly<Record<string, string>>

/** A network namespace, read as a snapshot's folder would be. */
export const netnsFrom = (recording: Recording): Netns =>
  decodeNetns(
    { kind: 'unknown' },
    Object.entries(recording).flatMap(([name, text]) => asFile(name, text)),
  )

const asFile = (name: string, text: string): NetnsFile[] => {
  const found = recognise(text, name)
  if ((found.form !== 'json' && found.form !== 'text') || found.use !== 'netns') return []
  return [{ kind: found.kind, family: familyOf(found.kind, name, text), file: name, text }]
}

/** Notes about a recording and what was loaded to make it tell nothing about what the kernel held. */
const beside = /^(meta\.json|commands\.txt|restore-input|nft-input|counters-after|conntrack-after)/

export const recordingIn = (folder: string): Recording =>
  Object.fromEntries(
    readdirSync(folder, { withFileTypes: true })
      .filter(entry => entry.isFile() && !beside.test(entry.name))
      .map(({ name }) => [name, readFileSync(join(folder, name), 'utf8')]),
  )

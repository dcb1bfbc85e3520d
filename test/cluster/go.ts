import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ambientctl')

/** The executable of a Go main package, built once for its sources and this Go and kept outside the checkout. */
export const built = (folder: string): string => {
  const go = execFileSync('go', ['version'], { encoding: 'utf8' })
  const sources = ['main.go', 'go.mod', 'go.sum'].map(file => join(folder, file)).filter(existsSync)
  const hash = createHash('sha256').update(go)
  for (const source of sources) hash.update(readFileSync(source))
  const file = join(cache, `${folder.replaceAll('/', '-')}-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(file)) return file
  mkdirSync(cache, { recursive: true })
  console.log(`building ${folder}, which is kept as ${file}`)
  const unfinished = `${file}.${process.pid}`
  execFileSync('go', ['build', '-buildvcs=false', '-trimpath', '-ldflags', '-s -w', '-o', unfinished, '.'], {
    cwd: folder,
    stdio: 'inherit',
    env: { ...process.env, CGO_ENABLED: '0' },
  })
  renameSync(unfinished, file)
  return file
}

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { built } from './go.ts'

export const imageName = 'ambientctl.test/pod:1'

/** What an istio-cni pod has to look into network namespaces, and a test to fill them. */
export const tools: readonly string[] = [
  ...['sh', 'grep', 'cat', 'readlink', 'true', 'nsenter', 'ip', 'ss', 'sysctl', 'nft', 'ipset'],
  ...['iptables-nft-save', 'iptables-nft-restore', 'ip6tables-nft-save', 'ip6tables-nft-restore'],
  ...['iptables-legacy-save', 'ip6tables-legacy-save'],
]

/** Writes the archive of the only image: this machine's tools with their libraries, and the stand-in of `pod/`. */
export const writeImage = (archive: string): void => {
  const folder = mkdtempSync(join(tmpdir(), 'ambientctl-image-'))
  try {
    fillRoot(join(folder, 'root'))
    tar(join(folder, 'layer.tar'), join(folder, 'root'), ['.'])
    const layer = createHash('sha256')
      .update(readFileSync(join(folder, 'layer.tar')))
      .digest('hex')
    const json = (file: string, value: unknown) => writeFileSync(join(folder, file), JSON.stringify(value))
    json('config.json', {
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: { Entrypoint: ['/pod'], Env: ['PATH=/bin'] },
      rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
    })
    json('manifest.json', [{ Config: 'config.json', RepoTags: [imageName], Layers: ['layer.tar'] }])
    tar(archive, folder, ['manifest.json', 'config.json', 'layer.tar'])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const tar = (archive: string, folder: string, members: readonly string[]): void => {
  const stable = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner']
  execFileSync('tar', [...stable, '-cf', archive, '-C', folder, ...members])
}

const fillRoot = (root: string): void => {
  for (const place of ['bin', 'tmp', 'etc', 'proc', 'sys', 'dev']) mkdirSync(join(root, place), { recursive: true })
  for (const place of ['lib', 'lib64']) {
    mkdirSync(join(root, 'usr', place), { recursive: true })
    symlinkSync(join('usr', place), join(root, place))
  }
  copyFileSync(built('test/cluster/pod'), join(root, 'pod'))
  const found = tools.map(tool => ({ tool, file: which(tool) }))
  for (const { tool, file } of found) copyFileSync(realpathSync(file), join(root, 'bin', tool))
  const plugins = join(
    dirname(
      libraryNamed(
        found.map(({ file }) => file),
        'libxtables',
      ),
    ),
    'xtables',
  )
  copyInto(root, plugins)
  for (const library of new Set(found.flatMap(({ file }) => librariesOf(file)))) copyInto(root, library)
}

/** At the same path as here; /usr is merged. */
const copyInto = (root: string, path: string): void => {
  mkdirSync(join(root, dirname(path)), { recursive: true })
  cpSync(path, join(root, dirname(path), basename(path)), { recursive: true, dereference: true })
}

/** Where the shell's own words, such as `true`, are files. */
const which = (tool: string): string => {
  const found = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].map(folder => join(folder, tool)).find(existsSync)
  if (found === undefined) throw new Error(`there is no ${tool} on this machine`)
  return found
}

const librariesOf = (file: string): readonly string[] =>
  [...execFileSync('ldd', [file], { encoding: 'utf8' }).matchAll(/(?:=>\s+|^\s+)(\/\S+) \(/gm)].flatMap(
    ([, path]) => path ?? [],
  )

const libraryNamed = (files: readonly string[], name: string): string => {
  const library = files.flatMap(librariesOf).find(path => path.includes(name))
  if (library === undefined) throw new Error(`no tool uses ${name}`)
  return library
}

// `npm run build`: dist/, its licences, and the manifest that lets oclif find a command without loading all of them.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Plugin } from '@oclif/core'
import { bundle } from './bundle.mjs'
import { helpTexts } from './help.mjs'

rmSync('dist', { recursive: true, force: true })
const metafile = await bundle('dist')
writeFileSync('dist/meta.json', JSON.stringify(metafile))
writeFileSync('dist/LICENSES.txt', licences(packagesIn(metafile)))
const plugin = new Plugin({
  root: process.cwd(),
  type: 'core',
  ignoreManifest: true,
  errorOnManifestCreate: true,
  respectNoCacheDefault: true,
})
await plugin.load()
writeFileSync('oclif.manifest.json', JSON.stringify(plugin.manifest))
mkdirSync('dist/help')
for (const [name, text] of await helpTexts(process.cwd())) writeFileSync(`dist/help/${name || 'ambientctl'}.txt`, text)

function packagesIn({ inputs }) {
  const folders = Object.keys(inputs).map(file => file.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0])
  return [...new Set(folders.filter(folder => folder !== undefined))].sort()
}

function licences(folders) {
  return folders
    .map(folder => {
      const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
      const file = readdirSync(folder).find(entry => /^(licen[cs]e|copying)/i.test(entry))
      const text = file === undefined ? `Licence: ${license}` : readFileSync(`${folder}/${file}`, 'utf8')
      return `${name} ${version}\n\n${text.trim()}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}

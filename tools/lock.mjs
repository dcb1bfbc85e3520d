// `node tools/lock.mjs [LOCKFILE]`: no package may refuse the oldest Node that we promise. npm installs such packages
// with a warning at best, and @kubernetes/client-node 2 declares nothing, so its undici is looked at.
import { readFileSync } from 'node:fs'
import semver from 'semver'

const [file = 'package-lock.json'] = process.argv.slice(2)
const oldest = '20.19.0'
const packages = Object.entries(JSON.parse(readFileSync(file, 'utf8')).packages)
const complaints = packages.flatMap(([path, { version, engines, hasInstallScript }]) => {
  const name = path.replace(/^.*node_modules\//, '')
  const found = []
  if (engines?.node !== undefined && !semver.satisfies(oldest, engines.node))
    found.push(`${name} ${version} wants Node ${engines.node}, we promise ${oldest}`)
  if (name === 'undici' && semver.major(version) >= 8)
    found.push(`undici ${version} needs zstd, which Node 20 lacks: keep @kubernetes/client-node at 1.x`)
  if (hasInstallScript && name !== 'esbuild') found.push(`${name} ${version} runs a script when it is installed`)
  return found
})
for (const complaint of complaints) console.error(complaint)
console.log(`${packages.length} locked packages, ${complaints.length} complaints`)
process.exitCode = complaints.length > 0 ? 1 : 0

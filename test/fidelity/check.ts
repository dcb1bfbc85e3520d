import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { runChecks } from '#check/check.ts'
import { checks } from '#check/checks.ts'
import type { Finding } from '#check/finding.ts'
import { readMesh } from '#pipeline/read-mesh.ts'
import { worldOf } from '#trace/world.ts'
import type { Suite } from './suite.ts'

/** Objects that are broken in every state of the recorded mesh (captures/broken-1.30/README.md). */
const quirks = [
  'tenant/app-missing-wp',
  'misc/notready',
  'misc/half',
  'misc/terminating',
  'misc/empty',
  'misc/deadport',
  'misc/multi:82',
  'misc/localhost',
  'pay/l7only',
]

/** Meshes that were broken on purpose, and near misses: the code in a folder's name must be found, or must not. */
export const check: Suite = {
  engine: 'check',
  find: root => (holdsCases(root) ? [root] : subfolders(root).filter(holdsCases)),
  replay: async (folder, disagree) => {
    const tally = { agreed: 0, disagreed: 0, undetermined: 0 }
    const cases = isCase(folder) ? [folder] : subfolders(folder).filter(isCase)
    for (const each of cases) {
      const name = basename(each)
      const code = name.slice(0, 6)
      const isNearMiss = name.includes('near-miss')
      if (!checks.some(known => known.code === code)) {
        tally.undetermined += 1
        continue
      }
      const asked = isNearMiss ? '' : readFileSync(join(each, 'requests.jsonl'), 'utf8')
      const findings = runChecks(worldOf(await readMesh([each])), checks).filter(
        finding => finding.code === code && !isQuirk(finding, asked),
      )
      const fires = findings.some(({ severity }) => severity !== 'info' || !isNearMiss)
      if (fires === !isNearMiss) tally.agreed += 1
      else {
        tally.disagreed += 1
        disagree({
          where: name,
          recorded: isNearMiss ? `no ${code}` : code,
          predicted: findings.map(({ says }) => says).join('; ') || 'nothing found',
        })
      }
    }
    return { engine: 'check', folder, ...tally, total: cases.length }
  },
}

/** A quirk that the requests of a case are about is what the case is about. */
const isQuirk = ({ objects, says }: Finding, asked: string): boolean =>
  quirks
    .filter(quirk => !new RegExp(`"label": ?"(pod )?${quirk}`).test(asked))
    .some(
      quirk => objects.some(({ namespace, name }) => `${namespace}/${name}`.startsWith(quirk)) || says.includes(quirk),
    )

const isCase = (folder: string): boolean => /^AMB\d{3}-/.test(basename(folder)) && existsSync(join(folder, 'k8s'))

const holdsCases = (folder: string): boolean => isCase(folder) || subfolders(folder).some(isCase)

const subfolders = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => join(folder, entry.name))
    .toSorted()

// `node tools/summary.mjs FOLDER`: sums up what .ci/run left there. `steps` has lines `<exit status> <name>`, and each
// tests-*.json is a report of vitest. A step counts as one, beside the tests that ran inside it.
import { existsSync, readdirSync, readFileSync } from 'node:fs'

const [folder] = process.argv.slice(2)
const steps = readFileSync(`${folder}/steps`, 'utf8').trim().split('\n')
const failedSteps = steps.filter(step => !step.startsWith('0 '))
const reports = readdirSync(folder).filter(file => /^tests-.*\.json$/.test(file))
const sum = { passed: steps.length - failedSteps.length, failed: failedSteps.length, skipped: 0 }
for (const report of reports) {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(`${folder}/${report}`, 'utf8'))
  console.log(`${report}: passed ${numPassedTests}, failed ${numFailedTests}, skipped ${numPendingTests}`)
  sum.passed += numPassedTests
  sum.failed += numFailedTests
  sum.skipped += numPendingTests
}
for (const step of failedSteps) console.log(`failed with exit status ${step}`)
const noTest = !existsSync(`${folder}/tests-main.json`)
if (noTest) console.log('the tests did not run')
console.log(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`)
process.exitCode = sum.failed > 0 || noTest ? 1 : 0

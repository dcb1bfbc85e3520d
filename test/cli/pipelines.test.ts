import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { node } from './ambientctl.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ambientctl-pipeline-'))
  cpSync('fixtures/demo', join(folder, 'mesh'), { recursive: true })
  cpSync('fixtures/assertions/demo.yaml', join(folder, 'mesh-tests.yaml'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const ours = `${node} ${resolve('bin/run.js')}`
const bash = (script: string, env: Readonly<Record<string, string>> = {}) => {
  const { status, stdout, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', AMBIENTCTL_NOW: '2026-11-25T12:00:00Z', ...env },
  })
  return { code: status, out: stdout, err: stderr }
}

interface Step {
  readonly name: string
  readonly run: string
  readonly env: Readonly<Record<string, string>>
}
const action = parse(readFileSync('action.yml', 'utf8')) as {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>
  readonly runs: { readonly steps: readonly Step[] }
}

/** A step as the runner runs it: its inputs filled in, with our build instead of the package on npm. */
const runStep = (
  index: number,
  given: Readonly<Record<string, string>>,
  github: Readonly<Record<string, string>> = {},
) => {
  const step = action.runs.steps[index]
  if (step === undefined) throw new Error('no such step')
  const env = Object.entries(step.env).map(([name, value]) => [
    name,
    value.replace(
      /\$\{\{ inputs\.([\w-]+) \}\}/g,
      (_, input: string) => given[input] ?? action.inputs[input]?.default ?? '',
    ),
  ])
  return bash(step.run, { ...Object.fromEntries(env), AMBIENTCTL: ours, ...github })
}

test('every input that a step of the action uses is declared', () => {
  const used = [...readFileSync('action.yml', 'utf8').matchAll(/inputs\.([\w-]+)/g)].map(([, name]) => name)
  expect(Object.keys(action.inputs).toSorted()).toEqual([...new Set(used)].toSorted())
})

test('the action checks, annotates, sums up and writes SARIF', () => {
  const summary = join(folder, 'summary.md')
  const github = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary }
  const checked = runStep(0, { snapshot: 'mesh', sarif: 'out.sarif' }, github)
  expect(checked.code).toBe(2)
  expect(checked.err).toMatch(/^::error file=mesh\/kubernetes\//m)
  expect(existsSync(join(folder, 'out.sarif'))).toBe(true)
  const tested = runStep(1, { snapshot: 'mesh', tests: 'mesh-tests.yaml' }, github)
  expect({ code: tested.code, err: tested.err }).toEqual({ code: 0, err: '' })
  expect(readFileSync(summary, 'utf8')).toMatch(/## ambientctl check[\s\S]*## ambientctl test/)
  expect(runStep(0, { snapshot: 'mesh', 'fail-on': 'never', strict: 'true' }).code).toBe(0)
})

const snippets = [...readFileSync('docs/ci.md', 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) =>
  parse(text),
)
const asOurs = (command: string) => command.replaceAll('npx --yes ambientctl', ours)

test('the GitHub workflow gives the action only what it takes', () => {
  const [workflow] = snippets
  const step = workflow.jobs.mesh.steps.find(({ id }: { id?: string }) => id === 'mesh')
  expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(step.with)))
})

test.each([
  ['mesh-check', 2],
  ['mesh-test', 0],
])('the GitLab job %s runs to its end and writes what it collects', (name, code) => {
  const { script, artifacts } = snippets[1][name]
  expect(bash(script.map(asOurs).join('\n')).code).toBe(code)
  expect(Object.values<string>(artifacts.reports).filter(file => !existsSync(join(folder, file)))).toEqual([])
})

test('the pre-commit hook runs', () => {
  expect(bash(asOurs(snippets[2].repos[0].hooks[0].entry)).code).toBe(0)
})

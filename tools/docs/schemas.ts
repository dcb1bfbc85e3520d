import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Command } from './manifest.ts'
import { words } from './readme.ts'

/** What is wrong with the published schemas: a command without one, or an example whose JSON its schema refuses. */
export const schemaComplaints = (commands: readonly Command[]): readonly string[] =>
  commands.filter(printsJson).flatMap(command => {
    const file = schemaOf(command)
    if (file === undefined) return [`schemas/${command.name.replaceAll(' ', '-')}.schema.json is missing`]
    const validate = new Ajv2020({ allErrors: false }).compile(JSON.parse(readFileSync(file, 'utf8')))
    return runnable(command).flatMap(example => {
      const valid = validate(jsonOf(example.command))
      const [first] = validate.errors ?? []
      return valid ? [] : [`${file} refuses \`${example.command}\`: ${first?.instancePath} ${first?.message}`]
    })
  })

/** Commands that answer only from a cluster: `test/kube` holds their JSON against the schema. */
const runnable = ({ flags, examples }: Command): Command['examples'] =>
  flags.some(({ name }) => name === 'kubeconfig') && !flags.some(({ name }) => name === 'snapshot') ? [] : examples

const printsJson = ({ flags }: Command): boolean =>
  flags.some(flag => flag.name === 'output' && flag.options?.includes('json') === true)

/** The schema of a command or of the topic it belongs to: `dump ztunnel workloads` may have that of `dump ztunnel`. */
const schemaOf = ({ name }: Command): string | undefined => {
  const parts = name.split(' ')
  return parts
    .map((_, index) => `schemas/${parts.slice(0, parts.length - index).join('-')}.schema.json`)
    .find(file => existsSync(file))
}

const jsonOf = (example: string): unknown => {
  const args = words(example.replace(/ (-o|--output)[ =]?\S+/, '')).slice(1)
  const { stdout, stderr, status } = spawnSync(process.execPath, ['bin/run.js', ...args, '--output', 'json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (stdout === '') throw new Error(`${example} --output json: exit ${status}\n${stderr}`)
  return JSON.parse(stdout)
}

import { UserError } from '#errors.ts'
import type { NonEmpty, ObjectRef } from '#model/evidence.ts'
import { asRecord, list, text } from '#model/kubernetes.ts'

/** What an earlier `check -o json` found: code, objects and words of each finding. Throws a UserError for anything else. */
export const findingsOfReport = (
  document: unknown,
  file: string,
): readonly { readonly code: string; readonly objects: NonEmpty<ObjectRef>; readonly says: string }[] => {
  const { kind, findings } = asRecord(document)
  if (kind !== 'Check' || !Array.isArray(findings))
    throw new UserError('input', `${file} is no report of check`, { next: ['ambientctl check -o json > FILE'] })
  return findings.map(asRecord).flatMap(({ code, objects, says }) => {
    const [first, ...others] = list(objects).map(asRecord).map(refOf)
    return first === undefined
      ? []
      : [{ code: text(code) ?? '', objects: [first, ...others] as const, says: text(says) ?? '' }]
  })
}

const refOf = ({ kind, namespace, name }: Readonly<Record<string, unknown>>): ObjectRef => ({
  kind: text(kind) ?? '',
  ...(text(namespace) !== undefined && { namespace: text(namespace) ?? '' }),
  name: text(name) ?? '',
})

/** `suite / test` of everything that failed in an earlier `test -o json`. Throws a UserError for anything else. */
export const failuresOfReport = (document: unknown, file: string): readonly string[] => {
  const { kind, results } = asRecord(document)
  if (kind !== 'Test' || !Array.isArray(results))
    throw new UserError('input', `${file} is no report of test`, { next: ['ambientctl test FILE -o json > REPORT'] })
  return results
    .map(asRecord)
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ suite, name }) => `${text(suite)} / ${text(name)}`)
}

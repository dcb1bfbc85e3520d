import type { Evidence, ObjectRef } from '#model/evidence.ts'

/** Where something was read: file and pointer or line, and the object behind it. */
export const evidenceText = (evidence: Evidence): string => {
  switch (evidence.from) {
    case 'dump':
      return `${evidence.file}${evidence.pointer === '' ? '' : ` ${evidence.pointer}`}${named(evidence.object)}`
    case 'object':
      return `${evidence.file} ${evidence.pointer}${named(evidence.object)}`
    case 'rule':
    case 'log':
      return `${evidence.file}:${evidence.line} ${evidence.text}`
    case 'absence':
      return `${evidence.file} has no ${evidence.lookedFor}`
  }
}

const named = (object: ObjectRef | undefined): string =>
  object === undefined
    ? ''
    : `  (${object.kind} ${object.namespace === undefined ? '' : `${object.namespace}/`}${object.name})`

import { createHash } from 'node:crypto'
import type { Renderer } from '#render/look.ts'
import type { Report } from './item.ts'
import { shown } from './item.ts'

const severityWords = { error: 'major', warning: 'minor', info: 'info' } as const

/** A Code Quality report of GitLab. */
export const gitlab: Renderer<Report> = report => [
  JSON.stringify(
    shown(report).map(({ rule, severity, message, object, place, key }) => ({
      description: `${rule}: ${message}`,
      check_name: rule,
      fingerprint: createHash('sha256').update(key).digest('hex'),
      severity: severityWords[severity],
      location: { path: place?.file ?? object ?? rule, lines: { begin: place?.line ?? 1 } },
    })),
    null,
    2,
  ),
]

import type { Words } from './entry.ts'

/** A failure of meshes that is known and that no check can find, with the reason. */
interface Unseen extends Words {
  readonly unseen: string
}

export const uncheckedFailures: Readonly<Record<string, Unseen>> = {
  AMB050: {
    title: 'istiod restarted with a part of its data',
    means: 'Endpoints of other clusters are missing for a while.',
    causes: ['it answered before the other clusters were read'],
    fix: 'Wait, or update.',
    unseen:
      'a snapshot is one moment: endpoints of another cluster that are missing look the same as endpoints that never were, and nothing in the state of a ztunnel tells when its istiod started',
  },
}

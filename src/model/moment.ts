/** The time at which a state is judged: which certificates are valid, which tokens have expired. */
export interface Moment {
  readonly at: Date
  readonly from: 'asked' | 'snapshot' | 'clock'
}

/** A snapshot is judged as of the time it was taken, unless the user asks for another. */
export const momentOf = (present: Moment, takenAt: Date | undefined): Moment =>
  present.from === 'asked' || takenAt === undefined ? present : { at: takenAt, from: 'snapshot' }

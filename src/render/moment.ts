import type { Moment } from '#model/moment.ts'
import { durationText } from './duration-text.ts'

const aDay = 24 * 3600 * 1000

/** Says which time was used where it is not the present one. */
export function* momentText({ at, from }: Moment, today: Date): Iterable<string> {
  const ago = today.getTime() - at.getTime()
  if (from !== 'snapshot' || Math.abs(ago) < aDay) return
  const distance = ago > 0 ? `${durationText(ago)} ago` : `${durationText(-ago)} ahead of this machine's clock`
  yield `note: expiry is judged as of ${at.toISOString()}, when the snapshot was taken, ${distance} (AMBIENTCTL_NOW sets another time)`
}

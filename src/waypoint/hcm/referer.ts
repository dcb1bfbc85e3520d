import type { Headers } from '../headers.ts'

/** An address of a page, without a fragment and the name of a user. */
const absolute =
  /^[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?(?:[/?][\x21\x22\x24-\x7e]*)?$/
const highestPort = 65_535
/** The first segment of a relative reference has no colon. */
const relative = /^[\w\-.~%!$&'()*+,;=@?]*(?:\/[\w\-.~%!$&'()*+,;=:@/?]*)?$/

const isReference = (value: string): boolean => {
  const port = absolute.exec(value)?.[1] ?? '0'
  return (absolute.test(value) && Number(port) <= highestPort) || relative.test(value)
}

/** A Referer that comes twice, or is no reference, is not handed on. */
export const dropBadReferer = (headers: Headers): void => {
  const values = headers.all('referer')
  if (values.length > 1 || !values.every(isReference)) headers.remove('referer')
}

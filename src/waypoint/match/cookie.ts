import type { Headers } from '../headers.ts'

/** First value of a cookie, out of its quotes. */
export const cookieOf = (headers: Headers, name: string): string | undefined => {
  const pairs = headers.all('cookie').flatMap(line => line.split(';'))
  const value = pairs
    .map(pair => pair.trim())
    .find(pair => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1)
  return value === undefined ? undefined : value.replace(/^"(.*)"$/s, '$1')
}

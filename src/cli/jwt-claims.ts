import { UserError } from '#errors.ts'

/** A JSON object of claims, such as `{"iss":"https://issuer","groups":["admin"]}`. */
export const parseClaims = (text: string): Readonly<Record<string, unknown>> => {
  const claims = parsed(text)
  if (typeof claims === 'object' && claims !== null && !Array.isArray(claims)) return { ...claims }
  throw new UserError('usage', `cannot read the claims ${text}`, {
    next: [`write them as a JSON object: '{"iss":"https://issuer","sub":"jane"}'`],
  })
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A number, flag or text as it is written; what should be one and is not, as JSON. */
export const scalarText = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '')

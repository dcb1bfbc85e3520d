/** Milliseconds of a protobuf duration such as `"1.500s"`. */
export const durationMs = (text: string | undefined): number | undefined => {
  const found = /^(-?\d+(?:\.\d+)?)s$/.exec(text ?? '')
  return found === null ? undefined : Number(found[1]) * 1000
}

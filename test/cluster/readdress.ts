/** A recording with what the cluster of the test calls otherwise: addresses and names, all replaced at once. */
export const readdressed = (recording: string, names: ReadonlyMap<string, string>): string => {
  const alternatives = [...names.keys()].map(name => name.replaceAll('.', '\\.')).join('|')
  return recording.replace(
    new RegExp(`(?<![\\w.-])(?:${alternatives})(?![\\w-]|\\.\\d)`, 'g'),
    name => names.get(name) ?? name,
  )
}

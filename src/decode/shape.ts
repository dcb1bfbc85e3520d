import { asObject } from './json/at.ts'

/** An object that has all these members. */
export const hasMembers = (value: unknown, ...names: readonly string[]): boolean => {
  const members = asObject(value)
  return members !== undefined && names.every(name => Object.hasOwn(members, name))
}

/** A list whose first element is an object with all these members. */
export const isListOf = (value: unknown, ...names: readonly string[]): boolean =>
  Array.isArray(value) && hasMembers(value[0], ...names)

/** One object or a List; `kubectl get -o json` of several kinds gives `kind: List`. */
export const isKubernetesObject = (value: unknown): boolean => {
  const members = asObject(value)
  return typeof members?.apiVersion === 'string' && typeof members.kind === 'string'
}

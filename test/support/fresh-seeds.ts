/**
 * How many of a thousand fresh random cases may disagree before a run fails. A first disagreement is a new rule, not a
 * broken change: its seed is printed and becomes a fixture, which must agree for ever. A broken change disagrees far
 * more often.
 */
const tolerated = 1

export const toleratedOf = (agreed: number): number => Math.ceil((agreed * tolerated) / 1000)

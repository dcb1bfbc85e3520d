import { Chalk, type ChalkInstance } from 'chalk'
import type { Look } from '#render/look.ts'

const plain = new Chalk({ level: 0 })
const sixteen = new Chalk({ level: 1 })

/** The colours to use: `paint(look).red(text)` is `text` where no colour is wanted. */
export const paint = (look: Look): ChalkInstance => (look.colour ? sixteen : plain)

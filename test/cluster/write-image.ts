import { writeImage } from './image.ts'

const [archive] = process.argv.slice(2)
if (archive === undefined) throw new Error('usage: node tools/run.mjs test/cluster/write-image.ts FILE')
writeImage(archive)

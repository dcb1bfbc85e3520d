import { execFileSync } from 'node:child_process'

/** Tests of the command line run what users run: the bundle. */
export default (): void => {
  execFileSync(process.execPath, ['tools/build.mjs'], { stdio: 'inherit' })
}

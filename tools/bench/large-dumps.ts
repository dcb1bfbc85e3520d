import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

const captures = '../shared/captures/mesh-1.30/large'

export const hasLargeDumps = (): boolean => existsSync(captures)

/** The recorded dump of so many workloads, unpacked into `folder`. */
export const largeDump = (size: '10k' | '50k', folder: string): string => {
  const file = join(folder, `${size}.json`)
  writeFileSync(file, gunzipSync(readFileSync(`${captures}/ztunnel-config_dump-${size}.json.gz`)))
  return file
}

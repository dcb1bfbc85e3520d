import type { ZtunnelEra, ZtunnelVersion } from '#model/ztunnel.ts'

interface Versioned {
  readonly era: ZtunnelEra
  readonly version: ZtunnelVersion
}

/** `1.30.3`; `1.24 to 1.25 (by its shape)` where no version string told it. */
export const versionText = ({ era, version }: Versioned): string => {
  const { minor, patch, range, from } = version
  if (era === 'list') return 'unknown (istioctl list)'
  if (from !== 'shape') return `1.${minor}${patch === undefined ? '' : `.${patch}`}`
  const [oldest, newest] = range
  return oldest === newest ? `1.${minor} (by its shape)` : `1.${oldest} to 1.${newest} (by its shape)`
}

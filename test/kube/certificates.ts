import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Identity {
  readonly cert: string
  readonly key: string
}

/** Certificates of an authority that exists only for this run. */
export interface Authority {
  readonly ca: string
  /** For 127.0.0.1 and localhost. */
  readonly server: Identity
  /** Of the same authority, for another name. */
  readonly misnamed: Identity
  /** Ended long ago. */
  readonly expired: Identity
  /** Signed by itself. */
  readonly selfSigned: Identity
}

export const makeAuthority = (): Authority => {
  const folder = mkdtempSync(join(tmpdir(), 'ambientctl-test-'))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const key = (name: string) => openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`)
  const read = (name: string): Identity => ({
    cert: readFileSync(join(folder, `${name}.crt`), 'utf8'),
    key: readFileSync(join(folder, `${name}.key`), 'utf8'),
  })
  const own = (name: string, names: string) => {
    key(name)
    openssl(
      'req',
      '-x509',
      '-new',
      '-key',
      `${name}.key`,
      '-subj',
      `/CN=${name}`,
      '-days',
      '2',
      '-addext',
      `subjectAltName=${names}`,
      '-out',
      `${name}.crt`,
    )
    return read(name)
  }
  const signed = (name: string, names: string, ...validity: string[]) => {
    key(name)
    writeFileSync(join(folder, 'ext'), `subjectAltName=${names}\n`)
    openssl('req', '-new', '-key', `${name}.key`, '-subj', `/CN=${name}`, '-out', `${name}.csr`)
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-extfile',
      'ext',
      ...validity,
      '-out',
      `${name}.crt`,
    )
    return read(name)
  }
  const here = 'IP:127.0.0.1,DNS:localhost'
  try {
    const { cert: ca } = own('ca', 'DNS:authority')
    return {
      ca,
      server: signed('server', here, '-days', '2'),
      misnamed: signed('misnamed', 'DNS:elsewhere.example', '-days', '2'),
      expired: signed('expired', here, '-days', '-1'),
      selfSigned: own('self', here),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

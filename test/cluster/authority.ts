import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Keys and certificates of a cluster, written to a folder: `ca.crt`; `server` for the API server at `address`; `admin`, who
 * may do everything and whom the control plane itself acts as; `accounts.key`, which signs tokens of service accounts.
 */
export const writeAuthority = (folder: string, addresses: readonly string[]): void => {
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const key = (name: string) => openssl('genrsa', '-out', `${name}.key`, '2048')
  const signed = (name: string, subject: string, ...extensions: readonly string[]) => {
    key(name)
    writeFileSync(join(folder, `${name}.ext`), extensions.join('\n'))
    openssl('req', '-new', '-key', `${name}.key`, '-subj', subject, '-out', `${name}.csr`)
    const issuer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial']
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...issuer,
      '-extfile',
      `${name}.ext`,
      '-days',
      '2',
      '-out',
      `${name}.crt`,
    )
  }
  key('accounts')
  key('ca')
  openssl('req', '-x509', '-new', '-key', 'ca.key', '-subj', '/CN=ambientctl test', '-days', '2', '-out', 'ca.crt')
  signed(
    'server',
    '/CN=kube-apiserver',
    `subjectAltName=${addresses.map(address => `IP:${address}`).join(',')},DNS:kubernetes.default.svc`,
    'extendedKeyUsage=serverAuth',
  )
  signed('admin', '/O=system:masters/CN=admin', 'extendedKeyUsage=clientAuth')
}

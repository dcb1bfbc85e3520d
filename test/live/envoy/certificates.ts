import { createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'

/** Certificates for the time of a run, written as DER by hand: Node reads certificates but makes none. */
const element = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  const { length } = body
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), body])
}
const sequence = (...parts: readonly Buffer[]): Buffer => element(0x30, ...parts)
const hex = (text: string): Buffer => Buffer.from(text, 'hex')
const ecdsaWithSha256 = sequence(element(0x06, hex('2a8648ce3d040302')))
const utcTime = (text: string): Buffer => element(0x17, Buffer.from(text))

const nameOf = (common: string): Buffer =>
  common === ''
    ? sequence()
    : sequence(element(0x31, sequence(element(0x06, hex('550403')), element(0x0c, Buffer.from(common)))))

const extension = (id: string, value: Buffer, critical = false): Buffer =>
  sequence(element(0x06, hex(id)), ...(critical ? [hex('0101ff')] : []), element(0x04, value))

const alternativeNames = ({ uris, dns }: Names): readonly Buffer[] => {
  const names = [
    ...uris.map(uri => element(0x86, Buffer.from(uri))),
    ...dns.map(name => element(0x82, Buffer.from(name))),
  ]
  return names.length === 0 ? [] : [extension('551d11', sequence(...names))]
}

const authority = extension('551d13', sequence(hex('0101ff')), true)

export interface Names {
  readonly uris: readonly string[]
  readonly dns: readonly string[]
  readonly common: string
}

export interface Identity {
  readonly cert: string
  readonly key: string
}

interface Signer {
  readonly name: string
  readonly key: KeyObject
}

const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`

const issue = (signer: Signer, names: Names, publicKey: KeyObject, extensions: readonly Buffer[]): string => {
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(15)])
  const signed = sequence(
    element(0xa0, hex('020102')),
    element(0x02, serial),
    ecdsaWithSha256,
    nameOf(signer.name),
    sequence(utcTime('200101000000Z'), utcTime('490101000000Z')),
    nameOf(names.common),
    publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(...extensions)),
  )
  const signature = createSign('sha256').update(signed).sign(signer.key)
  return pem(sequence(signed, ecdsaWithSha256, element(0x03, Buffer.from([0]), signature)))
}

const keyPair = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' })

export class Authority {
  readonly cert: string
  private readonly signer: Signer

  constructor() {
    const { privateKey, publicKey } = keyPair()
    this.signer = { name: 'live root', key: privateKey }
    this.cert = issue(this.signer, { uris: [], dns: [], common: this.signer.name }, publicKey, [authority])
  }

  issue(names: Names): Identity {
    const { privateKey, publicKey } = keyPair()
    const usage = extension('551d0f', hex('03020780'), true)
    const cert = issue(this.signer, names, publicKey, [usage, ...alternativeNames(names)])
    return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
  }
}

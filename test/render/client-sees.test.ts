import { describe, expect, it } from 'vitest'
import { clientSeesText } from '#render/trace/words.ts'

describe('what a client sees of a reply', () => {
  const reply = { kind: 'response', status: 503, body: 'no', log: { flags: ['UF'], details: 'reset' } } as const

  it('is told as the proxy logs it', () => expect(clientSeesText(reply)).toBe('HTTP 503 "no", logged as UF reset'))

  it('is no more than a guess where a rule that the dump does not decide may rewrite it', () =>
    expect(clientSeesText({ ...reply, unsure: true })).toBe(
      'HTTP 503 "no", logged as UF reset, unless a mapper of local_reply_config that a dump does not decide changes that',
    ))
})

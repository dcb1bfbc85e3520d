import { describe, expect, it } from 'vitest'
import { At, Issues } from '#decode/json/at.ts'

const reading = (members: Readonly<Record<string, unknown>>) => {
  const issues = new Issues('dump.json')
  return { at: new At(members, issues, '/workloads/3'), issues: issues.list }
}

describe('reading an object', () => {
  it('notes a wrong type with its pointer, and only that', () => {
    const { at, issues } = reading({ name: 7, 'a/b~c': { port: '80' }, list: ['x', 1, null], status: 'Odd', big: 1e9 })
    expect(at.text('name')).toBeUndefined()
    expect(at.object('a/b~c')?.whole('port', 65_535)).toBeUndefined()
    expect(at.texts('list')).toEqual(['x'])
    expect(at.oneOf('status', ['Healthy', 'Unhealthy'])).toBeUndefined()
    expect(at.whole('big', 65_535)).toBeUndefined()
    expect(issues.map(({ at, expected, found }) => [at, expected, found])).toEqual([
      ['/workloads/3/name', 'a string', '7'],
      ['/workloads/3/a~1b~0c/port', 'a number', '"80"'],
      ['/workloads/3/list/1', 'a string', '1'],
      ['/workloads/3/list/2', 'a string', 'null'],
      ['/workloads/3/status', 'Healthy | Unhealthy', '"Odd"'],
      ['/workloads/3/big', 'a whole number from 0 to 65535', '1000000000'],
    ])
    expect(at.damaged).toBe(true)
  })

  it('takes absent, null and the older spelling without an issue', () => {
    const { at, issues } = reading({ network: null, work_load: 'w', destinationPorts: [1] })
    expect(at.text('network')).toBeUndefined()
    expect(at.text('nothing')).toBeUndefined()
    expect(at.text('workLoad', 'work_load')).toBe('w')
    expect(at.numbers('destinationPorts', 'destination_ports')).toEqual([1])
    expect(issues).toEqual([])
    expect(at.damaged).toBe(false)
  })

  it('keeps what nobody asked for, at any depth', () => {
    const { at } = reading({
      known: 1,
      new: { a: 1 },
      inner: { known: 1, new: 2 },
      list: [{ new: 3 }],
      map: { k: { new: 4 } },
    })
    at.number('known')
    at.object('inner')?.number('known')
    at.objects('list')
    at.object('map')?.eachObject(value => value.text('known'))
    expect(at.unread()).toEqual({ new: { a: 1 }, 'inner/new': 2, 'list/0/new': 3, 'map/k/new': 4 })
  })

  it('shows a short beginning of what was found, however large or deep', () => {
    let deep: unknown = 'x'
    for (let depth = 0; depth < 20_000; depth++) deep = [deep]
    const { at, issues } = reading({ deep, long: 'y'.repeat(1e6), wide: Object.fromEntries(Array(9999).entries()) })
    for (const name of ['deep', 'long', 'wide']) at.number(name)
    expect(issues.every(issue => issue.found.length <= 80)).toBe(true)
    expect(issues[0]?.found).toBe('[[[[…]]]]')
  })

  it('does not take members of the prototype for its own', () => {
    const { at } = reading(JSON.parse('{"__proto__": {"polluted": 1}}'))
    expect(at.number('polluted')).toBeUndefined()
    expect(Object.keys(at.unread() ?? {})).toEqual(['__proto__'])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})

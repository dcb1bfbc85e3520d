import { expect, it } from 'vitest'
import { decideWaypoint } from '#waypoint/decide.ts'
import { largeWaypoint, requestTo, routesOfOne } from './large.ts'

const index = largeWaypoint()

const decide = (service: number, path: string) => {
  const [branch] = decideWaypoint(index, requestTo(service, path)).branches
  return { chain: branch?.reached.filterChain, route: branch?.reached.route?.index }
}

it('finds one of 5,000 services and the last of 20,000 routes', () => {
  expect(decide(4_321, '/')).toEqual({ chain: 's4321', route: 0 })
  expect(decide(0, `/x${routesOfOne - 1}/abc`)).toEqual({ chain: 's0', route: routesOfOne - 1 })
})

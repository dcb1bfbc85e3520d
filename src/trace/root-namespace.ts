import type { World } from './world.ts'

/** Where policies and EnvoyFilters hold for the whole mesh: that of istiod, by default; undefined where nothing tells. */
export const rootNamespace = ({ pods, mesh }: Pick<World, 'pods' | 'mesh'>): string | undefined =>
  pods.find(({ object }) => object?.labels.app === 'istiod')?.namespace ??
  mesh.ztunnels.flatMap(({ policies }) => policies).find(({ name }) => name === 'istio_converted_static_strict')
    ?.namespace

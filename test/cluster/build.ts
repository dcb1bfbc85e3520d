import { built } from './go.ts'

// Kubernetes takes minutes to build: `.ci/run` gives it a step of its own.
console.log(built('test/cluster/node'))

import { built } from './go.ts'
import { requireNodeTools } from './needs.ts'

// Kubernetes takes minutes to build: `.ci/run` gives it a step of its own.
requireNodeTools()
console.log(built('test/cluster/node'))

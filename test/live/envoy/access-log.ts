import { filter, type Json } from './json.ts'

const logFields = {
  id: '%FILTER_STATE(amb.id:PLAIN)%',
  code: '%RESPONSE_CODE%',
  flags: '%RESPONSE_FLAGS%',
  details: '%RESPONSE_CODE_DETAILS%',
  ctd: '%CONNECTION_TERMINATION_DETAILS%',
  chain: '%FILTER_CHAIN_NAME%',
  route: '%ROUTE_NAME%',
  cluster: '%UPSTREAM_CLUSTER_RAW%',
  upstream_host: '%UPSTREAM_HOST%',
  rid: '%REQ(X-AMB-ID)%',
  rbac_metadata: '%DYNAMIC_METADATA(envoy.filters.http.rbac)%',
}

export const accessLog = (hop: string): readonly Json[] => [
  filter('file', 'extensions.access_loggers.file.v3.FileAccessLog', {
    path: 'access.jsonl',
    log_format: { json_format: { ...logFields, hop }, omit_empty_values: true },
  }),
]

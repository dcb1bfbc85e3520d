/** What one Envoy admin port told, as far as it was collected. */
export interface EnvoyDump {
  readonly file: string
}

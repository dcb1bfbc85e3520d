/** One column of a list: a row's fact as text. Escaping, width and quoting are the formats' work. */
export interface Column<Row> {
  /** Stable, for `--columns` and `--sort-by`: `service-vip`. */
  readonly key: string
  readonly header: string
  readonly text: (row: Row) => string
  /** Shown by `-o wide` and by name only. */
  readonly wide?: boolean
  /** What `--sort-by` compares where the text would mislead: numbers, dates. */
  readonly order?: (row: Row) => string | number
}

/** A long list as every format wants it. */
export interface List<Row> {
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  /** `workload/shop/cart-7d9-x2`, for `-o name`. */
  readonly name: (row: Row) => string
  /** Spaces between the widest cell of a column and the next; istioctl's certificates have 5. */
  readonly gap?: number
  readonly headers?: boolean
}

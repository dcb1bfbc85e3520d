/** What a renderer may know of the place its text goes to. It is made in `cli`; tests make their own. */
export interface Look {
  readonly colour: boolean
  /** Columns; `Infinity` where nothing needs wrapping or cutting, such as a pipe or a file. */
  readonly width: number
}

/** Turns a result into lines without their line ends. */
export type Renderer<Result> = (result: Result, look: Look) => Iterable<string>

/** A renderer of results that are read while they are printed. */
export type StreamRenderer<Result> = (result: Result, look: Look) => Iterable<string> | AsyncIterable<string>

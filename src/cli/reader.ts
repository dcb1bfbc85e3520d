import { exitCodes } from '#errors.ts'

/** Ends the process in silence when the reader of a stream has left: `ambientctl … | head` is no failure. */
export const leaveWithReader = (stream: NodeJS.WriteStream): void => {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? exitCodes.ok)
    throw error
  })
}

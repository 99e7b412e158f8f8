/**
 * Web streams around the generators that do the work.
 *
 * @module
 */

/**
 * A stream of what `chunks` gives. Nothing is asked for before somebody reads, and cancelling ends it all: `close` is
 * called at once, even while a chunk is awaited.
 */
export function streamOf(
  chunks: AsyncGenerator<Uint8Array, void, undefined>,
  close: (reason: unknown) => void,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel(reason) {
        close(reason)
        await chunks.return()
      },
    },
    { highWaterMark: 0 },
  )
}

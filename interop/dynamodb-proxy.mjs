/**
 * Stands before DynamoDB Local, and lets things go wrong that it never does by itself.
 *
 * @module
 */

import { once } from 'node:events'
import { createServer } from 'node:http'

/**
 * @param meet is asked about each request, by the name of its operation. It may wait, and gives what is to happen in
 *   place of the usual: an error `{ status, name }`, `'silence'`, or `'lost'` for an answer that does not arrive
 * @returns its `endpoint`, a promise `gone` of a caller that no longer waits for silence, and `stop`
 */
export async function startProxy(target, meet) {
  let tellGone
  const gone = new Promise((resolve) => {
    tellGone = resolve
  })
  const serve = async (request, response) => {
    const body = await bodyOf(request)
    const event = await meet(request.headers['x-amz-target'].split('.').at(-1))
    if (event === 'silence') return
    if (event?.name !== undefined) {
      response.writeHead(event.status, { 'Content-Type': 'application/x-amz-json-1.0' })
      response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${event.name}`, message: 'on demand' }))
      return
    }
    const answer = await fetch(target, { method: 'POST', headers: headersOf(request), body })
    const bytes = Buffer.from(await answer.arrayBuffer())
    if (event === 'lost') response.destroy()
    else response.writeHead(answer.status, { 'Content-Type': 'application/x-amz-json-1.0' }).end(bytes)
  }
  const server = createServer((request, response) => {
    response.on('close', () => {
      if (!response.writableEnded) tellGone()
    })
    serve(request, response).catch(() => response.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${server.address().port}`,
    gone,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function bodyOf(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Those that DynamoDB Local looks at. */
function headersOf({ headers }) {
  const names = ['authorization', 'content-type', 'x-amz-date', 'x-amz-target']
  return Object.fromEntries(names.map((name) => [name, headers[name]]))
}

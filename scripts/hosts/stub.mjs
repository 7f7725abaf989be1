// A stub of Centrifugo that records requests. It responds slowly enough for requests to overlap.

import { createServer } from "node:http"

/** Milliseconds until the answer, by channel. */
const delayOf = ({ channel }) => (channel === "room:slow" ? 1500 : 20)

const resultOf = ({ channel }) =>
  channel.startsWith("unknown:") || channel === "room:unknown"
    ? { error: { code: 102, message: "unknown channel" } }
    : { result: { offset: 1, epoch: "e" } }

/** In a batch reply the method's name replaces `result`. */
const replyOf = (payload) => {
  const { error, result } = resultOf(payload)
  return error === undefined ? { publish: result } : { error }
}

const answer = (path, body, received) => {
  const payloads = path.endsWith("/batch") ? body.commands.map(({ publish }) => publish) : [body]
  received.push(...payloads)
  return path.endsWith("/batch") ? { replies: payloads.map(replyOf) } : resultOf(payloads[0])
}

const read = async (request) => {
  let text = ""
  for await (const chunk of request.setEncoding("utf8")) text += chunk
  return text
}

const listen = (server) => new Promise((resolve) => server.listen(0, "127.0.0.1", resolve))
const urlOf = (server) => `http://127.0.0.1:${server.address().port}/api`

/** A port that was free a moment ago. */
export const freePort = async () => {
  const server = createServer()
  await listen(server)
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/**
 * `env` holds the server's address for programs. Publications to `unknown:*` and `room:unknown` fail with code 102, and
 * those to `room:down` with status 503. `room:slow` takes its time.
 */
export const startStub = async () => {
  const received = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://stub")
    response.setHeader("content-type", "application/json")
    if (url.pathname === "/received") {
      const channel = url.searchParams.get("channel")
      return response.end(JSON.stringify(received.filter((payload) => payload.channel === channel)))
    }
    const text = await read(request).catch(() => "")
    // Not a call: a CORS preflight request, or an aborted call.
    if (text === "") return response.writeHead(405).end()
    const body = JSON.parse(text)
    if (body.channel === "room:down") return response.writeHead(503).end()
    setTimeout(() => response.end(JSON.stringify(answer(url.pathname, body, received))), delayOf(body))
  })
  await listen(server)
  return {
    env: {
      CENTRIFUGO_API_URL: urlOf(server),
      CENTRIFUGO_API_KEY: "api_key",
      REFUSED_API_URL: `http://127.0.0.1:${await freePort()}/api`
    },
    stop: () => {
      server.closeAllConnections()
      server.close()
    }
  }
}

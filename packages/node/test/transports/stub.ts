/** A server on a bare socket: it sends what a test says, byte for byte, and observes its sockets. */
import { Effect, Queue, type Scope } from "effect"
import { createServer as createTcpServer, type AddressInfo, type Socket } from "node:net"
import { createServer as createTlsServer, type TlsOptions } from "node:tls"

export interface Received {
  readonly method: string
  readonly path: string
  /** As received, one line each. */
  readonly headerLines: ReadonlyArray<string>
  readonly headers: { readonly [name: string]: string }
  readonly body: string
  readonly socket: Socket
}

export type Answer = (request: Received, count: number) => void

export interface Stub {
  readonly port: number
  readonly url: string
  readonly requests: Array<Received>
  /** The requests that the test has not taken yet, in order. */
  readonly received: Queue.Dequeue<Received>
  /** One entry for each closed socket. */
  readonly closed: Queue.Dequeue<void>
  /** The total number of opened sockets. */
  readonly opened: () => number
}

const parseHead = (head: string, body: string, socket: Socket): Received => {
  const [first = "", ...headerLines] = head.split("\r\n")
  const [method = "", path = ""] = first.split(" ")
  const headers = Object.fromEntries(
    headerLines.map((line) => {
      const colon = line.indexOf(":")
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    })
  )
  return { method, path, headerLines, headers, body, socket }
}

/** Calls back with each complete request of a socket. */
const read = (socket: Socket, onRequest: (request: Received) => void) => {
  let text = ""
  socket.setEncoding("latin1").on("data", (part: string) => {
    text += part
    for (;;) {
      const end = text.indexOf("\r\n\r\n")
      if (end < 0) return
      const length = Number(/^content-length: *(\d+)/im.exec(text.slice(0, end))?.[1] ?? 0)
      if (text.length < end + 4 + length) return
      const body = Buffer.from(text.slice(end + 4, end + 4 + length), "latin1").toString("utf8")
      const request = parseHead(text.slice(0, end), body, socket)
      text = text.slice(end + 4 + length)
      onRequest(request)
    }
  })
}

export interface Options {
  readonly tls?: TlsOptions
  /** Listens on a Unix socket instead of a port. */
  readonly path?: string
}

export const start = (answer: Answer, { path, tls }: Options = {}): Effect.Effect<Stub, never, Scope.Scope> =>
  Effect.gen(function* () {
    const received = yield* Queue.unbounded<Received>()
    const closed = yield* Queue.unbounded<void>()
    const requests: Array<Received> = []
    const sockets = new Set<Socket>()
    let opened = 0
    const onSocket = (socket: Socket) => {
      opened++
      sockets.add(socket)
      socket.on("error", () => {})
      socket.on("close", () => {
        sockets.delete(socket)
        closed.unsafeOffer(undefined)
      })
      read(socket, (request) => {
        requests.push(request)
        received.unsafeOffer(request)
        answer(request, requests.length)
      })
    }
    const server = tls === undefined ? createTcpServer(onSocket) : createTlsServer(tls, onSocket)
    server.on("tlsClientError", () => {})
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => {
        if (path === undefined) server.listen(0, "127.0.0.1", () => resume(Effect.void))
        else server.listen(path, () => resume(Effect.void))
      }),
      () =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          for (const socket of sockets) socket.destroy()
        })
    )
    const port = path === undefined ? (server.address() as AddressInfo).port : 0
    const url = `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}/api`
    return { port, url, requests, received, closed, opened: () => opened }
  })

export interface Reply {
  readonly status: number
  readonly headers?: { readonly [name: string]: string }
  readonly body?: string
  /** Without a `Content-Length`. */
  readonly chunked?: boolean
}

const chunksOf = (body: string) =>
  (body.match(/[^]{1,65536}/g) ?? [])
    .map((part) => `${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`)
    .join("")

/** A reply as bytes. */
export const format = ({ body = "", chunked = false, headers = {}, status }: Reply): string => {
  const framing = chunked ? "transfer-encoding: chunked" : `content-length: ${Buffer.byteLength(body)}`
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `HTTP/1.1 ${status} Whatever\r\n${lines.join("")}${framing}\r\n\r\n`
  return head + (chunked ? `${chunksOf(body)}0\r\n\r\n` : body)
}

/** Sends every request the same answer. */
export const always =
  (reply: Reply): Answer =>
  ({ socket }) =>
    void socket.write(format(reply))

/** The server's answer to a publication, as JSON text. */
export const published = '{"result":{"offset":1,"epoch":"abcd"}}'

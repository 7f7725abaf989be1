/**
 * Responds to every call at once, as a server would to a publish. With a cheap server, the client's own cost is
 * most visible. Prints its port; ends when stdin closes.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const body = JSON.stringify({ result: { offset: 1, epoch: "stub" } })
const headers = { "content-type": "application/json", "content-length": String(body.length) }

const server = createServer((request, response) => {
  request.on("end", () => response.writeHead(200, headers).end(body)).resume()
})
server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
process.stdin.on("end", () => process.exit()).resume()

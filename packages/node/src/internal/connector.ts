/**
 * Opens the sockets of a pool. By default, Node abandons each address except the last after 250 milliseconds.
 * So a server that accepts slowly is unreachable if its host name also has a broken address. Here a slow
 * address continues while the next one is tried ("Happy Eyeballs", RFC 8305).
 */
import dns, { type LookupAddress } from "node:dns"
import { getDefaultAutoSelectFamily, isIP, type Socket } from "node:net"
import { buildConnector, errors } from "undici"
import { clearTimeout, setTimeout } from "./timers.js"

/** The delay before the next address is tried, in milliseconds. */
const stagger = 250

type Target = buildConnector.Options

/** Opens one socket and returns it at once, which the types of undici do not show. */
type Open = (target: Target, callback: buildConnector.Callback) => Socket

export interface Connector {
  readonly connect: buildConnector.connector
  /** Ends all pending connections. */
  readonly close: () => void
}

export const make = (timeout: number): Connector => {
  // No timeout here: undici would use the global timers, which test tools replace, at a resolution of one
  // second.
  const open = buildConnector({ timeout: 0 }) as unknown as Open
  const connecting = new Set<Attempt>()
  const connect: buildConnector.connector = (target, callback) => {
    const attempt = new Attempt(open, target, timeout, (...outcome) => {
      connecting.delete(attempt)
      callback(...outcome)
    })
    connecting.add(attempt)
    attempt.start()
  }
  const close = () => {
    for (const attempt of connecting) attempt.fail(new errors.ClientDestroyedError())
  }
  return { connect, close }
}

/** One connection to a host, over the first of its addresses that connects. */
class Attempt {
  readonly #open: Open
  readonly #target: Target
  readonly #done: buildConnector.Callback
  readonly #deadline: NodeJS.Timeout
  #addresses: Array<string> = []
  #next: NodeJS.Timeout | undefined = undefined
  readonly #sockets = new Set<Socket>()
  readonly #failures: Array<Error> = []
  #isOver = false

  constructor(open: Open, target: Target, timeout: number, done: buildConnector.Callback) {
    this.#open = open
    this.#target = target
    this.#done = done
    const { hostname, port } = target
    this.#deadline = setTimeout(() => {
      const address = `${hostname}:${port || (target.protocol === "https:" ? 443 : 80)}`
      this.fail(new errors.ConnectTimeoutError(`no connection to ${address} within ${timeout} ms`))
    }, timeout)
  }

  start(): void {
    const { hostname } = this.#target
    if (isIP(hostname) !== 0) this.#connect([hostname])
    else this.#lookUp(hostname)
  }

  fail(error: Error): void {
    if (this.#isOver) return
    this.#end()
    this.#done(error, null)
  }

  #lookUp(hostname: string): void {
    // The hint is Node's own default for connections.
    const hints = process.platform === "win32" ? 0 : dns.ADDRCONFIG
    // Not a named import: programs and tests replace `dns.lookup`.
    dns.lookup(hostname, { all: true, hints }, (error, addresses) => {
      if (error !== null) return this.fail(error)
      const ordered = alternating(addresses)
      this.#connect(getDefaultAutoSelectFamily() ? ordered : ordered.slice(0, 1))
    })
  }

  #connect(addresses: Array<string>): void {
    if (this.#isOver) return
    this.#addresses = addresses
    this.#tryNext()
  }

  #tryNext(): void {
    clearTimeout(this.#next)
    const hostname = this.#addresses.shift()
    if (hostname === undefined) return
    const socket = this.#open({ ...this.#target, hostname }, (...[error]) => {
      this.#sockets.delete(socket)
      if (error === null) this.#connected(socket)
      else this.#failed(error)
    })
    this.#sockets.add(socket)
    socket.once("connect", () => this.#settleFor(socket))
    // With TLS 1.3, a server rejects a client certificate after the handshake: it sends an alert and ends the
    // stream. Undici would only report the end, so destroy the socket with the alert's error.
    socket.on("error", (error) => socket.destroy(error))
    if (this.#addresses.length > 0) this.#next = setTimeout(() => this.#tryNext(), stagger)
  }

  /** Chooses the first address that accepts, and drops the others. Its TLS handshake then decides the outcome. */
  #settleFor(chosen: Socket): void {
    this.#addresses = []
    this.#failures.length = 0
    clearTimeout(this.#next)
    for (const socket of this.#sockets) if (socket !== chosen) this.#drop(socket)
  }

  #connected(socket: Socket): void {
    if (this.#isOver) return
    this.#end()
    this.#done(null, socket)
  }

  #failed(error: Error): void {
    if (this.#isOver) return
    this.#failures.push(error)
    if (this.#addresses.length > 0) return this.#tryNext()
    if (this.#sockets.size > 0) return
    const [first = error, ...others] = this.#failures
    this.fail(others.length === 0 ? first : new AggregateError(this.#failures))
  }

  #end(): void {
    this.#isOver = true
    clearTimeout(this.#deadline)
    clearTimeout(this.#next)
    for (const socket of this.#sockets) this.#drop(socket)
  }

  #drop(socket: Socket): void {
    this.#sockets.delete(socket)
    socket.destroy()
  }
}

/**
 * Alternates between address families, each in the resolver's order, starting with the family that the resolver
 * prefers.
 */
const alternating = (addresses: ReadonlyArray<LookupAddress>): Array<string> => {
  const [preferred, other] = [true, false].map((isPreferred) =>
    addresses.filter(({ family }) => (family === addresses[0]?.family) === isPreferred)
  ) as [Array<LookupAddress>, Array<LookupAddress>]
  return preferred
    .flatMap((address, i) => [address, ...other.slice(i, i + 1)])
    .concat(other.slice(preferred.length))
    .map(({ address }) => address)
}

/**
 * How the benchmark talks to a client. Each is a process of its own, so that no client pays for another's garbage
 * or code, and the start of a process is in no measurement. The server is in the environment
 * (`BENCH_API_URL`, `BENCH_API_KEY`); then, as lines of JSON on stdin and stdout:
 *
 *     client: {"versions":{"gocent":"3.2.0"}}     once it can work
 *     bench:  a job                               see `Job`
 *     client: an answer                           or {"error":"..."}
 *
 * The client ends when its stdin does.
 */

export interface Hello {
  readonly versions: { readonly [name: string]: string }
}

export interface Answer {
  /** From the first call to the last result. */
  readonly millis: number
  /** CPU time of the client in the same span. */
  readonly cpuMillis: number
  /** The largest this process has been so far. */
  readonly peakRssMiB: number
  /** Results that were read one by one and were a success. */
  readonly succeeded: number
  /** Results that were read one by one and were the server's error. */
  readonly failed: number
}

/**
 * How the benchmark talks to a client. Each client runs in its own process, so that clients do not share garbage or
 * code, and no measurement includes the start of a process. The server is in the environment
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
  /** The time from the first call to the last result, in milliseconds. */
  readonly millis: number
  /** The CPU time of the client in the same interval. */
  readonly cpuMillis: number
  /** The peak memory of the process so far. */
  readonly peakRssMiB: number
  /** The number of successful results that were read individually. */
  readonly succeeded: number
  /** The number of server errors that were read individually. */
  readonly failed: number
}

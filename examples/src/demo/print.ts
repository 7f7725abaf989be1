/** Prints the demo's output. */
import { Console, Effect, Either } from "effect"

const { isTTY } = process.stdout
const style = (code: number) => (text: string) => (isTTY ? `\u001b[${code}m${text}\u001b[0m` : text)
const bold = style(1)
const dim = style(2)

export const line = (text: string) => Console.log(`   ${text}`)

/** Runs one step under its title, and prints how long it took. */
export const step = <A, E, R>(title: string, run: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    yield* Console.log(`\n${bold(title)}`)
    const start = performance.now()
    const value = yield* run
    yield* Console.log(dim(`   ${millis(performance.now() - start)}`))
    return value
  })

export const millis = (value: number) => (value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`)

export const outcome = <A, E extends Error>(result: Either.Either<A, E>): string =>
  Either.match(result, {
    onLeft: (error) => `failed: ${String(error)}`,
    onRight: (value) => `ok ${JSON.stringify(value)}`
  })

/** A counter that updates on a terminal. Elsewhere it only prints the final count. */
export const progress = (done: number, total: number, what: string): void => {
  if (isTTY && (done % 250 === 0 || done === total)) {
    process.stdout.write(done === total ? "\r\u001b[K" : `\r   ${what}: ${done} of ${total}`)
  } else if (!isTTY && done % 2500 === 0 && done < total) {
    process.stdout.write(`   ${what}: ${done} of ${total}\n`)
  }
}

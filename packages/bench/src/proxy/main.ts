/** `node packages/bench/dist/proxy/main.js [connections] [concurrency]`, after a build. */
import { Console, Effect } from "effect"
import { measure, report } from "./connections.js"

const [connections = 1000, concurrency = 20] = process.argv.slice(2).map(Number)

await Effect.runPromise(
  Effect.flatMap(measure({ connections, concurrency, timeout: "1 second" }), (outcome) =>
    Console.log(report(outcome))
  )
)

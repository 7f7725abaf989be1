/** Prints, for scripts, the Debian packages of the services that are not installed. */
import * as Postgres from "./Postgres.js"
import * as Redis from "./Redis.js"

const packages = [
  Postgres.isAvailable() ? [] : ["postgresql"],
  Redis.isAvailable() ? [] : ["redis-server"]
].flat()

console.log(packages.join(" "))

/** The server's own description of its API, read from its Go module and never copied here. */
import { version } from "@effect-centrifugo/tools/Centrifugo"
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface Field {
  readonly name: string
  readonly label: "one" | "list" | "map"
  /** A scalar type or a message name; for a map the type of its values (the keys are strings). */
  readonly type: string
}

export interface Rpc {
  readonly request: string
  readonly response: string
}

export interface Proto {
  readonly messages: ReadonlyMap<string, ReadonlyArray<Field>>
  readonly rpcs: ReadonlyMap<string, Rpc>
}

const text = (): string => {
  const module = `github.com/centrifugal/centrifugo/v6@v${version}`
  // Reads the module cache, and downloads a missing module.
  const answer = execFileSync("go", ["mod", "download", "-json", module], {
    cwd: tmpdir(),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"]
  })
  const { Dir } = JSON.parse(answer) as { readonly Dir: string }
  return readFileSync(join(Dir, "internal/apiproto/api.proto"), "utf8")
}

const fieldPattern = /(repeated\s+)?(?:map<string,\s*(\w+)>|(\w+))\s+(\w+)\s*=\s*\d+;/g

const fieldsOf = (body: string): ReadonlyArray<Field> =>
  [...body.matchAll(fieldPattern)].map(([, repeated, value, type, name]) => ({
    name: name!,
    label: value !== undefined ? "map" : repeated !== undefined ? "list" : "one",
    type: value ?? type!
  }))

export const parse = (proto: string): Proto => {
  const bare = proto.replaceAll(/\/\/.*$/gm, "")
  return {
    messages: new Map(
      [...bare.matchAll(/message\s+(\w+)\s*\{([^}]*)\}/g)].map(([, name, body]) => [name!, fieldsOf(body!)])
    ),
    rpcs: new Map(
      [...bare.matchAll(/rpc\s+(\w+)\s*\((\w+)\)\s*returns\s*\((\w+)\)/g)].map(
        ([, name, request, response]) => [name!, { request: request!, response: response! }]
      )
    )
  }
}

/** The parsed file, or why it is missing. */
export const load = (): Proto | Error => {
  try {
    return parse(text())
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

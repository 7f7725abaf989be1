/** Runs a file of this package in a new Node process. */
import { createRequire } from "node:module"
import { fileURLToPath, pathToFileURL } from "node:url"

export interface NodeProgram {
  readonly command: string
  readonly args: ReadonlyArray<string>
}

/** Tests run the sources without a build, and so must the processes that they start. */
const isSource = import.meta.url.endsWith(".ts")

const sourceCondition = "@effect-centrifugo/source"

const nodeFlags = (): ReadonlyArray<string> =>
  isSource
    ? [
        "--import",
        pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href,
        `--conditions=${sourceCondition}`
      ]
    : []

/** The source or built file, to match the running code. `file` has the built name. */
export const sourceOrBuilt = (file: URL): URL =>
  isSource ? new URL(file.href.replace(/\.js$/, ".ts")) : file

/** The resolution conditions for the packages of this workspace. */
export const resolutionConditions: ReadonlyArray<string> = isSource ? [sourceCondition] : []

/** `nodeProgram(new URL("worker.js", import.meta.url))` */
export const nodeProgram = (file: URL, ...flags: ReadonlyArray<string>): NodeProgram => ({
  command: process.execPath,
  args: [...flags, ...nodeFlags(), fileURLToPath(sourceOrBuilt(file))]
})

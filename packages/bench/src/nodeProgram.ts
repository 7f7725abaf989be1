/** How to run a file of this package in a Node process of its own. */
import { createRequire } from "node:module"
import { fileURLToPath, pathToFileURL } from "node:url"

export interface NodeProgram {
  readonly command: string
  readonly args: ReadonlyArray<string>
}

/** Tests run the sources, without a build; so must the processes that they start. */
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

/** Of a file of this package, named as it is when built: the one that belongs to what runs now. */
export const sourceOrBuilt = (file: URL): URL =>
  isSource ? new URL(file.href.replace(/\.js$/, ".ts")) : file

/** By which conditions the packages of this workspace are to be found. */
export const resolutionConditions: ReadonlyArray<string> = isSource ? [sourceCondition] : []

/** `nodeProgram(new URL("worker.js", import.meta.url))` */
export const nodeProgram = (file: URL, ...flags: ReadonlyArray<string>): NodeProgram => ({
  command: process.execPath,
  args: [...flags, ...nodeFlags(), fileURLToPath(sourceOrBuilt(file))]
})

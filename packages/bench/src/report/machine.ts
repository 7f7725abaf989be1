import { cpus, release, totalmem, type } from "node:os"
import type { Machine } from "../model.js"

export const machine = (): Machine => {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? "unknown",
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    os: `${type()} ${release()}`
  }
}

/** Formats numbers for readers. */
import type { Unit } from "../model.js"

const grouped = (value: number, digits: number) =>
  value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })

const digitsOf = (value: number) => (value < 10 ? 2 : value < 100 ? 1 : 0)

export const quantity = (value: number, unit: Unit): string =>
  unit === "bytes"
    ? `${grouped(value / 1024, 1)} KiB`
    : `${grouped(value, digitsOf(value))} ${unit === "us" ? "µs" : unit}`

export const ratio = (value: number): string => `${value.toFixed(2)} x`

export const mebibytes = (value: number): string => `${value.toFixed(0)} MiB`

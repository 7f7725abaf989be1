/** Prints how many milliseconds importing the module takes that the argument names. */
const target = process.argv[2]
if (target === undefined) throw new Error("which module?")
const start = performance.now()
await import(target)
process.stdout.write(String(performance.now() - start))

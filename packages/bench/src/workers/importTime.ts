/** Prints how many milliseconds it takes to import the module named by the argument. */
const target = process.argv[2]
if (target === undefined) throw new Error("which module?")
const start = performance.now()
await import(target)
process.stdout.write(String(performance.now() - start))

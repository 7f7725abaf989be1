/** What each signal ends. Node 20 warns of a leak when one signal has more than ten listeners. */
const tasksOf = new WeakMap<AbortSignal, { readonly tasks: Set<() => void>; readonly ring: () => void }>()

/** Calls back when the signal aborts, until what it returns is called. A signal may outlive many calls. */
export const onAbort = (signal: AbortSignal, task: () => void): (() => void) => {
  const { ring, tasks } = tasksOf.get(signal) ?? listenTo(signal)
  tasks.add(task)
  return () => {
    tasks.delete(task)
    if (tasks.size > 0) return
    tasksOf.delete(signal)
    signal.removeEventListener("abort", ring)
  }
}

const listenTo = (signal: AbortSignal) => {
  const tasks = new Set<() => void>()
  const ring = () => {
    for (const task of tasks) task()
  }
  const listening = { tasks, ring }
  tasksOf.set(signal, listening)
  signal.addEventListener("abort", ring)
  return listening
}

/** The tasks of each signal, with one listener for all: Node 20 warns of a leak at more than ten listeners. */
const tasksOf = new WeakMap<AbortSignal, { readonly tasks: Set<() => void>; readonly notify: () => void }>()

/** Runs the task when the signal aborts. Returns a function that unregisters it, for signals that outlive calls. */
export const onAbort = (signal: AbortSignal, task: () => void): (() => void) => {
  const { notify, tasks } = tasksOf.get(signal) ?? listenTo(signal)
  tasks.add(task)
  return () => {
    tasks.delete(task)
    if (tasks.size > 0) return
    tasksOf.delete(signal)
    signal.removeEventListener("abort", notify)
  }
}

const listenTo = (signal: AbortSignal) => {
  const tasks = new Set<() => void>()
  const notify = () => {
    for (const task of tasks) task()
  }
  const listening = { tasks, notify }
  tasksOf.set(signal, listening)
  signal.addEventListener("abort", notify)
  return listening
}

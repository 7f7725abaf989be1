/** Admission and queueing of calls, without a socket. */
import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { Gate, Queue, type QueueNode } from "../../src/internal/gate.js"
import { undisturbed } from "../transports/machine.js"

class Entry implements QueueNode<Entry> {
  queue: Queue<Entry> | undefined = undefined
  before: Entry | undefined = undefined
  after: Entry | undefined = undefined
  proceed: (() => void) | undefined = undefined
  constructor(readonly id: number) {}
}

const ids = (entries: ReadonlyArray<Entry>) => entries.map(({ id }) => id)
const microtasks = () => new Promise<void>((resolve) => setImmediate(resolve))

describe("Queue", () => {
  it("is a FIFO queue with removal from the middle", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1, max: 30 }), { maxLength: 200 }), (steps) => {
        const line = new Queue<Entry>()
        const model: Array<Entry> = []
        steps.forEach((step, id) => {
          if (step < 0 || model.length === 0) {
            const entry = new Entry(id)
            line.push(entry)
            model.push(entry)
          } else {
            const [left] = model.splice(step % model.length, 1)
            line.remove(left!)
            line.remove(left!)
          }
          assert.deepStrictEqual(ids(line.toArray()), ids(model))
          assert.strictEqual(line.size, model.length)
          assert.strictEqual(line.first, model[0])
        })
      })
    )
  })

  it("retains no removed entry, and removes 100,000 from the middle quickly", undisturbed, () => {
    const line = new Queue<Entry>()
    const entries = Array.from({ length: 100_000 }, (_, id) => new Entry(id))
    for (const entry of entries) line.push(entry)
    const start = performance.now()
    for (const entry of entries.slice(1, -1).reverse()) line.remove(entry)
    assert.isBelow(performance.now() - start, 2000)
    assert.deepStrictEqual(ids(line.toArray()), [0, 99_999])
  })
})

type Step = "enter" | "settle" | "leave" | "settle and leave"

describe("Gate", () => {
  it("admits in order, up to the limit, no call that gave up, and every call that fits", async () => {
    const step = fc.tuple(fc.constantFrom<Step>("enter", "settle", "leave", "settle and leave"), fc.nat(40))
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(step, { maxLength: 60 }),
        async (limit, steps) => {
          const admitted: Array<Entry> = []
          const inside = new Set<Entry>()
          const unsettled = new Set<Entry>()
          const gate = new Gate<Entry>(limit, (entry) => {
            assert.isTrue(unsettled.has(entry), "admitted although it had given up")
            admitted.push(entry)
            inside.add(entry)
            assert.isAtMost(inside.size, limit)
          })
          let next = 0
          for (const [action, at] of steps) {
            if (action === "enter") {
              const entry = new Entry(next++)
              unsettled.add(entry)
              gate.enter(entry)
            } else {
              const settles = action !== "leave"
              const leaves = action !== "settle"
              const pool = [...(leaves ? inside : unsettled)]
              const entry = pool[at % (pool.length || 1)]
              if (entry === undefined) continue
              if (leaves) {
                inside.delete(entry)
                gate.leave(entry)
              }
              if (settles && unsettled.delete(entry)) gate.settled(entry)
            }
            await microtasks()
            const waiting = [...unsettled].filter((entry) => !admitted.includes(entry))
            assert.isTrue(waiting.length === 0 || inside.size === limit, "calls wait at an open gate")
            assert.deepStrictEqual(
              ids(admitted),
              [...ids(admitted)].sort((a, b) => a - b)
            )
          }
          let isIdle = false
          gate.onIdle(() => (isIdle = true))
          assert.strictEqual(isIdle, unsettled.size === 0)
          for (const entry of unsettled) gate.settled(entry)
          assert.isTrue(isIdle)
        }
      ),
      { numRuns: 200 }
    )
  })

  it("does not admit the next call inside the call of leave", async () => {
    const admitted: Array<number> = []
    const gate = new Gate<Entry>(1, ({ id }) => admitted.push(id))
    const [first, second] = [new Entry(1), new Entry(2)]
    gate.enter(first)
    gate.enter(second)
    gate.leave(first)
    assert.deepStrictEqual(admitted, [1])
    await microtasks()
    assert.deepStrictEqual(admitted, [1, 2])
  })

  it("continues if an admitted call leaves at once", async () => {
    const admitted: Array<number> = []
    const gate: Gate<Entry> = new Gate<Entry>(1, (entry) => {
      admitted.push(entry.id)
      if (entry.id > 0) gate.leave(entry)
    })
    const first = new Entry(0)
    gate.enter(first)
    for (let id = 1; id <= 10_000; id++) gate.enter(new Entry(id))
    gate.leave(first)
    await microtasks()
    assert.strictEqual(admitted.length, 10_001)
  })
})

import { CentrifugoError, RetryPolicy } from "@effect-centrifugo/core"
import { CentrifugoPromise } from "@effect-centrifugo/node"
import { Test, type TestingModule } from "@nestjs/testing"
import { Centrifugo, CentrifugoModule } from "./centrifugo.module"

const apiUrl = process.env["CENTRIFUGO_API_URL"]!
const apiKey = process.env["CENTRIFUGO_API_KEY"]!

/** The publications that the stub server received on a channel. */
const received = async (channel: string): Promise<unknown> => {
  const response = await fetch(new URL(`/received?channel=${channel}`, apiUrl))
  return response.json()
}

describe("CentrifugoModule", () => {
  let app: TestingModule
  let centrifugo: CentrifugoPromise.Service

  beforeAll(async () => {
    app = await Test.createTestingModule({ imports: [CentrifugoModule] }).compile()
    centrifugo = app.get(Centrifugo)
  })
  afterAll(() => app.close())

  it("publishes", async () => {
    await centrifugo.publish({ channel: "nest", data: { text: "hello" } })
    expect(await received("nest")).toEqual([{ channel: "nest", data: { text: "hello" } }])
  })

  it("publishes a Buffer as its bytes", async () => {
    await centrifugo.publish({ channel: "nest-bytes", data: Buffer.from("hi") })
    expect(await received("nest-bytes")).toEqual([{ channel: "nest-bytes", b64data: "aGk=" }])
  })

  it("rejects with the class of the error", async () => {
    const failure = await centrifugo
      .publish({ channel: "unknown:a", data: 1 })
      .catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(CentrifugoError.UnknownChannelError)
    expect(failure).toBeInstanceOf(Error)
  })

  it("says that a refused connection sent nothing", async () => {
    const unreachable = await CentrifugoPromise.make({
      url: process.env["REFUSED_API_URL"]!,
      apiKey,
      retry: RetryPolicy.none
    })
    const failure: unknown = await unreachable
      .publish({ channel: "a", data: 1 })
      .catch((error: unknown) => error)
    await unreachable.close()
    expect(failure).toMatchObject({ _tag: "CentrifugoNetworkError", phase: "connect", code: "ECONNREFUSED" })
  })

  it("works under fake timers", async () => {
    jest.useFakeTimers()
    try {
      for (let n = 0; n < 5; n++) await centrifugo.publish({ channel: "nest-timers", data: n })
    } finally {
      jest.useRealTimers()
    }
  })
})

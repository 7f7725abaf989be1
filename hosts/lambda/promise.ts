import { CentrifugoPromise } from "@effect-centrifugo/node"

/** Created once per function instance. Its sockets also serve later invocations. */
const centrifugo = CentrifugoPromise.make({
  url: process.env["CENTRIFUGO_API_URL"]!,
  apiKey: process.env["CENTRIFUGO_API_KEY"]!
})

export const handler = async (event: { readonly channel: string }) => {
  const { offset } = await (await centrifugo).publish({ channel: event.channel, data: event })
  return { offset }
}

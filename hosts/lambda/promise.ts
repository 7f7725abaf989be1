import { CentrifugoPromise } from "@effect-centrifugo/node"

/** Made once for each instance of the function; its sockets serve later invocations too. */
const centrifugo = CentrifugoPromise.make({
  url: process.env["CENTRIFUGO_API_URL"]!,
  apiKey: process.env["CENTRIFUGO_API_KEY"]!
})

export const handler = async (event: { readonly channel: string }) => {
  const { offset } = await (await centrifugo).publish({ channel: event.channel, data: event })
  return { offset }
}

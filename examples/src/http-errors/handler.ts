/** The same without Effect: a handler with the Web's `Request` and `Response`, as in Next.js, Hono and Workers. */
import { CentrifugoPromise } from "@effect-centrifugo/node"

const { CentrifugoError } = CentrifugoPromise

export const postMessage = async (
  centrifugo: CentrifugoPromise.Service,
  room: string,
  request: Request
): Promise<Response> => {
  const { text } = (await request.json()) as { readonly text: string }
  try {
    await centrifugo.publish({ channel: `chat:${room}`, data: { text } })
    return new Response(null, { status: 204 })
  } catch (error) {
    if (!CentrifugoError.isCentrifugoError(error)) throw error
    console.warn(error.message)
    const published = CentrifugoError.maybeCarriedOut(error) ? "maybe" : "no"
    return Response.json({ published }, { status: CentrifugoError.toHttpStatus(error) })
  }
}

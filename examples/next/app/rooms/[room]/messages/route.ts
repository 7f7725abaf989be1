import { Centrifugo, CentrifugoError, TypedChannel } from "@effect-centrifugo/core"
import { Effect, Schema } from "effect"
import { runtime } from "../../../../lib/runtime"

const Message = Schema.Struct({ text: Schema.NonEmptyString })

const Room = TypedChannel.make("room:{room}", { data: Message })

const post = (room: string, body: string) =>
  Effect.gen(function* () {
    const message = yield* Schema.decode(Schema.parseJson(Message))(body)
    const centrifugo = yield* Centrifugo.Centrifugo
    const { offset } = yield* centrifugo.send(Room.publish({ room }, message))
    return Response.json({ offset }, { status: 201 })
  }).pipe(
    Effect.catchTag("ParseError", ({ message }) =>
      Effect.succeed(Response.json({ error: message }, { status: 400 }))
    ),
    Effect.catchAll((error) => {
      const response = Response.json({ error: error._tag }, { status: CentrifugoError.toHttpStatus(error) })
      return Effect.as(Effect.logError(error), response)
    })
  )

export const POST = async (
  request: Request,
  { params }: { readonly params: Promise<{ readonly room: string }> }
): Promise<Response> => {
  const [{ room }, body] = await Promise.all([params, request.text()])
  return runtime.runPromise(post(room, body))
}

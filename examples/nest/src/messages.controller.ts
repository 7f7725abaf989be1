import type { CentrifugoPromise } from "@effect-centrifugo/node"
import { BadRequestException, Body, Controller, Inject, Param, Post } from "@nestjs/common"
import { Centrifugo } from "./centrifugo.module"

interface NewMessage {
  readonly text?: unknown
}

@Controller("rooms/:room/messages")
export class MessagesController {
  constructor(@Inject(Centrifugo) private readonly centrifugo: CentrifugoPromise.Service) {}

  @Post()
  async post(@Param("room") room: string, @Body() { text }: NewMessage) {
    if (typeof text !== "string" || text === "") throw new BadRequestException("text is missing")
    const { offset } = await this.centrifugo.publish({ channel: `room:${room}`, data: { text } })
    return { offset }
  }
}

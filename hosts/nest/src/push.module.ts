import { CentrifugoPromise } from "@effect-centrifugo/node"
import { Inject, Injectable, Module, type OnApplicationShutdown } from "@nestjs/common"

const Centrifugo = Symbol("Centrifugo")

@Injectable()
export class PushService implements OnApplicationShutdown {
  constructor(@Inject(Centrifugo) private readonly centrifugo: CentrifugoPromise.Service) {}

  publish(channel: string, data: {} | null) {
    return this.centrifugo.publish({ channel, data })
  }

  /** Waits for calls in flight, so that stopping the application loses none. */
  onApplicationShutdown() {
    return this.centrifugo.close()
  }
}

@Module({
  providers: [
    {
      provide: Centrifugo,
      useFactory: () =>
        CentrifugoPromise.make({
          url: process.env["CENTRIFUGO_API_URL"]!,
          apiKey: process.env["CENTRIFUGO_API_KEY"]!
        })
    },
    PushService
  ]
})
export class PushModule {}

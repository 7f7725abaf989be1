import { CentrifugoPromise } from "@effect-centrifugo/node"
import { Global, Inject, Module, type OnApplicationShutdown } from "@nestjs/common"

/** The token of the client: `constructor(@Inject(Centrifugo) centrifugo: CentrifugoPromise.Service)`. */
export const Centrifugo = Symbol("Centrifugo")

@Global()
@Module({
  providers: [
    {
      provide: Centrifugo,
      // Rejects if a variable is missing, and the application does not start.
      useFactory: () =>
        CentrifugoPromise.make({
          url: process.env["CENTRIFUGO_API_URL"]!,
          apiKey: process.env["CENTRIFUGO_API_KEY"]!
        })
    }
  ],
  exports: [Centrifugo]
})
export class CentrifugoModule implements OnApplicationShutdown {
  constructor(@Inject(Centrifugo) private readonly centrifugo: CentrifugoPromise.Service) {}

  /** Nest calls it after the last request has been answered. */
  onApplicationShutdown() {
    return this.centrifugo.close()
  }
}

import { Module } from "@nestjs/common"
import { APP_FILTER } from "@nestjs/core"
import { CentrifugoErrorFilter } from "./centrifugo-error.filter"
import { CentrifugoModule } from "./centrifugo.module"
import { MessagesController } from "./messages.controller"

@Module({
  imports: [CentrifugoModule],
  controllers: [MessagesController],
  providers: [{ provide: APP_FILTER, useClass: CentrifugoErrorFilter }]
})
export class AppModule {}

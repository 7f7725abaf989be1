import "reflect-metadata"
import { NestFactory } from "@nestjs/core"
import { AppModule } from "./app.module"

const main = async () => {
  const app = await NestFactory.create(AppModule)
  // Without them, Nest does not close anything on SIGTERM.
  app.enableShutdownHooks()
  await app.listen(process.env["PORT"] ?? 3000, process.env["HOST"] ?? "127.0.0.1")
}

void main()

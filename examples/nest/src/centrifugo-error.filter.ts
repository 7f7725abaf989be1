import { CentrifugoError } from "@effect-centrifugo/core"
import { type ArgumentsHost, Catch, HttpException, Logger } from "@nestjs/common"
import { BaseExceptionFilter } from "@nestjs/core"

/** Answers requests whose call of Centrifugo failed with the status of the error. */
@Catch()
export class CentrifugoErrorFilter extends BaseExceptionFilter {
  private readonly logger = new Logger(CentrifugoErrorFilter.name)

  override catch(exception: unknown, host: ArgumentsHost) {
    if (!CentrifugoError.isCentrifugoError(exception)) return super.catch(exception, host)
    this.logger.error(exception.message)
    const status = CentrifugoError.toHttpStatus(exception)
    super.catch(new HttpException({ error: exception._tag }, status), host)
  }
}

/** The HTTP API of the service: one endpoint, which places an order. */
import { HttpApi, HttpApiEndpoint, HttpApiError, HttpApiGroup, HttpApiSchema } from "@effect/platform"
import { Schema } from "effect"

export class NewOrder extends Schema.Class<NewOrder>("NewOrder")({
  customer: Schema.String.pipe(Schema.pattern(/^\w{1,50}$/)),
  item: Schema.NonEmptyString,
  quantity: Schema.Int.pipe(Schema.positive())
}) {}

export class Order extends NewOrder.extend<Order>("Order")({ id: Schema.Int }) {}

export class OutOfStockError extends Schema.TaggedError<OutOfStockError>()(
  "OutOfStockError",
  { item: Schema.String },
  HttpApiSchema.annotations({ status: 409 })
) {}

const orders = HttpApiGroup.make("orders").add(
  HttpApiEndpoint.post("place", "/orders")
    .setPayload(NewOrder)
    .addSuccess(Order)
    .addError(OutOfStockError)
    .addError(HttpApiError.ServiceUnavailable)
)

export const Api = HttpApi.make("shop").add(orders)

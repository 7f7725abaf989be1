/**
 * Push notifications, for Centrifugo PRO with `push_notifications.enabled`. Its methods fail with
 * `NotFoundError` on any other server.
 *
 * Documentation: centrifugal.dev, PRO, "Push notification API".
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import { DeviceFilter } from "./Devices.js"
import * as pro from "./proOptions.js"

const tokens = Schema.optional(Schema.Array(Schema.String))
const text = Schema.optional(Schema.String)

const recipientFields = {
  /** Devices that are registered with the server. */
  filter: Schema.optional(DeviceFilter),
  /** Tokens of Firebase Cloud Messaging. */
  fcmTokens: tokens,
  /** A topic of Firebase Cloud Messaging. */
  fcmTopic: text,
  /** A condition on topics of Firebase Cloud Messaging. */
  fcmCondition: text,
  /** Tokens of Huawei's Push Kit. */
  hmsTokens: tokens,
  /** A topic of Huawei's Push Kit. */
  hmsTopic: text,
  /** A condition on topics of Huawei's Push Kit. */
  hmsCondition: text,
  /** Device tokens of APNs. */
  apnsTokens: tokens,
  /** Push subscriptions of browsers: each `PushSubscription` as JSON text. */
  webpushTokens: tokens
}

/**
 * The recipients of a notification: exactly one of these fields.
 *
 * @since 0.1.0
 */
export interface Recipient extends Wire.Of<typeof recipientFields> {}

/**
 * Schema of a `Recipient`.
 *
 * @since 0.1.0
 */
export const Recipient: Schema.Schema<Recipient> = Schema.Struct(recipientFields)

const providerMessageFields = {
  /** The message, as documented by the provider. */
  message: Wire.Json
}

/**
 * A message in the form that a provider documents.
 *
 * @since 0.1.0
 */
export interface ProviderMessage extends Wire.Of<typeof providerMessageFields> {}

const message: Schema.Schema<ProviderMessage> = Schema.Struct(providerMessageFields)
const payload = Schema.Struct({
  /** Headers of the request to the provider. Default: none. */
  headers: Schema.optional(Wire.Texts),
  /** The payload, as documented by the provider. */
  payload: Wire.Json
})

const notificationFields = {
  /** A `Message` of Firebase Cloud Messaging's HTTP v1 API. */
  fcm: Schema.optional(message),
  /** A `Message` of Huawei's Push Kit. */
  hms: Schema.optional(message),
  /** Headers and payload of an APNs request. */
  apns: Schema.optional(payload),
  /** A payload for the service worker, any JSON value, with the headers `TTL` (seconds), `Urgency` and `Topic`. */
  webpush: Schema.optional(payload),
  /** When the server stops trying, in Unix seconds. Default: never. */
  expireAt: Schema.optional(Wire.UnixSeconds)
}

/**
 * A notification in the form of each provider.
 *
 * @since 0.1.0
 */
export interface Notification extends Wire.Of<typeof notificationFields> {}

/**
 * Schema of a `Notification`.
 *
 * @since 0.1.0
 */
export const Notification: Schema.Schema<Notification> = Schema.Struct(notificationFields)

const time = Schema.String.pipe(
  Schema.pattern(/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/, { message: () => "expected a time as HH:MM:SS" })
)

const positive = <A extends number | bigint>(integer: Schema.Schema<A>) =>
  Wire.where(integer, (value) => value > 0, "expected an integer above zero")

const limitStrategyFields = {
  /** Limits the rate of notifications. Default: no limit. */
  rateLimit: Schema.optional(
    Schema.Struct({
      /** The key of the counter; may contain the variables `device.id` and `device.user`. */
      key: text,
      /** The limits. All of them apply. */
      policies: Schema.optional(
        Schema.Array(
          Schema.Struct({
            /** The maximum number of notifications. */
            rate: positive(Wire.Int64),
            /** The interval of the limit, in milliseconds. */
            intervalMs: positive(Wire.Int32)
          })
        )
      ),
      /** Whether to drop notifications over the limit. Default `false`: they are delayed. */
      dropIfRateLimited: Schema.optional(Schema.Boolean)
    })
  ),
  /** Limits the time of day. Default: any time. */
  timeLimit: Schema.optional(
    Schema.Struct({
      /** The earliest time of day, `HH:MM:SS` in the device's timezone. */
      sendAfterTime: time,
      /** The latest time of day, `HH:MM:SS` in the device's timezone. */
      sendBeforeTime: time,
      /** Whether to send immediately if the device's timezone is unknown. Default `false`: the notification is dropped. */
      noTzSendNow: Schema.optional(Schema.Boolean)
    })
  )
}

/**
 * Limits per device, for recipients selected by `filter`. With limits, the server handles devices one by one.
 *
 * @since 0.1.0
 */
export interface LimitStrategy extends Wire.Of<typeof limitStrategyFields> {}

/**
 * Schema of a `LimitStrategy`.
 *
 * @since 0.1.0
 */
export const LimitStrategy: Schema.Schema<LimitStrategy> = Schema.Struct(limitStrategyFields)

const sendPushNotificationSpec = {
  ...pro.method,
  payload: {
    /** The recipients: exactly one field of `Recipient`. */
    recipient: Recipient,
    /** The notification, in the form of each provider. */
    notification: Notification,
    /** The ID of the notification, a new UUID for each, to cancel it. Default: the server generates it. */
    uid: text,
    /** When to send it, in Unix seconds. Default: now. */
    sendAt: Schema.optional(Wire.UnixSeconds),
    /** Whether to avoid losses while the queue is briefly unavailable, at the cost of speed. Default `false`. */
    optimizeForReliability: Schema.optional(Schema.Boolean),
    /** Limits for each device. Default: none. */
    limitStrategy: Schema.optional(LimitStrategy),
    /** The ID of the notification in analytics. Default: `uid`. */
    analyticsUid: text,
    /** The values of template variables by language or locale. Turns templating on. Default: none. */
    localizations: Schema.optional(
      Schema.Record({
        key: Schema.String,
        value: Schema.Struct({
          /** The values by variable name. */
          translations: Wire.Texts
        })
      })
    ),
    /** Whether the notification is a template. Default `false`. */
    useTemplating: Schema.optional(Schema.Boolean),
    /** Whether the template can use the device's `meta`. Default `false`. */
    useMeta: Schema.optional(Schema.Boolean)
  },
  result: {
    /** The ID of the notification, to cancel it. */
    uid: Wire.Text
  },
  // The documentation does not say that the server drops a second notification with the same uid.
  repeat: "unsafe",
  operation: "send"
} as const

/**
 * The payload of `sendPushNotification`.
 *
 * @since 0.1.0
 */
export interface SendPushNotificationPayload extends ApiMethod.PayloadOf<typeof sendPushNotificationSpec> {}

/**
 * The result of `sendPushNotification`.
 *
 * @since 0.1.0
 */
export interface SendPushNotificationResult extends ApiMethod.ResultOf<typeof sendPushNotificationSpec> {}

/**
 * Every error of `sendPushNotification`.
 *
 * @since 0.1.0
 */
export type SendPushNotificationError = ApiMethod.ErrorOf<typeof sendPushNotificationSpec>

/**
 * Queues a push notification, and returns its `uid`.
 *
 * @since 0.1.0
 */
export const sendPushNotification: ApiMethod.ApiMethod<
  "send_push_notification",
  SendPushNotificationPayload,
  SendPushNotificationResult,
  SendPushNotificationError
> = ApiMethod.make("send_push_notification", {
  ...sendPushNotificationSpec,
  check: ({ recipient }) => {
    const given = Object.entries(recipient).flatMap(([name, value]) => (value === undefined ? [] : [name]))
    return given.length === 1
      ? undefined
      : { path: ["recipient"], detail: `expected one kind of recipient, got ${given.join(", ") || "none"}` }
  }
})

const updatePushStatusSpec = {
  ...pro.method,
  payload: {
    /** The `analyticsUid` passed to `sendPushNotification`, or else its `uid`. */
    analyticsUid: Wire.nonEmpty("an analytics UID"),
    /** The new status of the notification. */
    status: Schema.Literal("delivered", "interacted"),
    /** The device that the status is about. */
    deviceId: Wire.nonEmpty("a device ID"),
    /** The message ID of the provider. */
    msgId: text
  },
  result: {},
  // Each call adds a row to the analytics.
  repeat: "unsafe"
} as const

/**
 * The payload of `updatePushStatus`.
 *
 * @since 0.1.0
 */
export interface UpdatePushStatusPayload extends ApiMethod.PayloadOf<typeof updatePushStatusSpec> {}

/**
 * The result of `updatePushStatus`.
 *
 * @since 0.1.0
 */
export interface UpdatePushStatusResult extends ApiMethod.ResultOf<typeof updatePushStatusSpec> {}

/**
 * Every error of `updatePushStatus`.
 *
 * @since 0.1.0
 */
export type UpdatePushStatusError = ApiMethod.ErrorOf<typeof updatePushStatusSpec>

/**
 * Records for analytics that a notification was delivered or interacted with. Experimental on the server.
 *
 * @since 0.1.0
 */
export const updatePushStatus: ApiMethod.ApiMethod<
  "update_push_status",
  UpdatePushStatusPayload,
  UpdatePushStatusResult,
  UpdatePushStatusError
> = ApiMethod.make("update_push_status", updatePushStatusSpec)

const cancelPushSpec = {
  ...pro.method,
  payload: {
    /** The `uid` that `sendPushNotification` returned. */
    uid: Wire.nonEmpty("a notification's UID")
  },
  result: {},
  // A repeat finds it cancelled.
  repeat: "natural"
} as const

/**
 * The payload of `cancelPush`.
 *
 * @since 0.1.0
 */
export interface CancelPushPayload extends ApiMethod.PayloadOf<typeof cancelPushSpec> {}

/**
 * The result of `cancelPush`.
 *
 * @since 0.1.0
 */
export interface CancelPushResult extends ApiMethod.ResultOf<typeof cancelPushSpec> {}

/**
 * Every error of `cancelPush`.
 *
 * @since 0.1.0
 */
export type CancelPushError = ApiMethod.ErrorOf<typeof cancelPushSpec>

/**
 * Cancels a scheduled notification.
 *
 * @since 0.1.0
 */
export const cancelPush: ApiMethod.ApiMethod<
  "cancel_push",
  CancelPushPayload,
  CancelPushResult,
  CancelPushError
> = ApiMethod.make("cancel_push", cancelPushSpec)

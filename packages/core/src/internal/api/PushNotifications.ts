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
  /** A topic there. */
  fcmTopic: text,
  /** A condition on topics there. */
  fcmCondition: text,
  /** Tokens of Huawei's Push Kit. */
  hmsTokens: tokens,
  /** A topic there. */
  hmsTopic: text,
  /** A condition on topics there. */
  hmsCondition: text,
  /** Device tokens of APNs. */
  apnsTokens: tokens,
  /** Each the browser's `PushSubscription` as JSON text. */
  webpushTokens: tokens
}

/**
 * Whom a notification is for: exactly one of these fields.
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
  /** The message, as the provider documents it. */
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
  /** Headers of the provider's request. Default: none. */
  headers: Schema.optional(Wire.Texts),
  /** Its payload, as the provider documents it. */
  payload: Wire.Json
})

const notificationFields = {
  /** A `Message` of Firebase Cloud Messaging's HTTP v1 API. */
  fcm: Schema.optional(message),
  /** A `Message` of Huawei's Push Kit. */
  hms: Schema.optional(message),
  /** Headers and payload of an APNs request. */
  apns: Schema.optional(payload),
  /** Any JSON value for the service worker; the headers `TTL` (seconds), `Urgency` and `Topic`. */
  webpush: Schema.optional(payload),
  /** When the server stops trying, in Unix seconds. Default: never. */
  expireAt: Schema.optional(Wire.UnixSeconds)
}

/**
 * What is sent, in the words of each provider.
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
  /** How many notifications in what time. Default: no limit. */
  rateLimit: Schema.optional(
    Schema.Struct({
      /** What is counted together; may contain the variables `device.id` and `device.user`. */
      key: text,
      /** Limits, all of which hold. */
      policies: Schema.optional(
        Schema.Array(
          Schema.Struct({
            /** How many notifications. */
            rate: positive(Wire.Int64),
            /** In how many milliseconds. */
            intervalMs: positive(Wire.Int32)
          })
        )
      ),
      /** Drop what is over the limit. Default `false`: delay it. */
      dropIfRateLimited: Schema.optional(Schema.Boolean)
    })
  ),
  /** At what time of the day. Default: at any. */
  timeLimit: Schema.optional(
    Schema.Struct({
      /** The device's local time, `HH:MM:SS`. */
      sendAfterTime: time,
      /** The device's local time, `HH:MM:SS`. */
      sendBeforeTime: time,
      /** Send at once where the device's timezone is not known. Default `false`: drop it. */
      noTzSendNow: Schema.optional(Schema.Boolean)
    })
  )
}

/**
 * Limits for each device, where `recipient.filter` is used. With them devices are handled one by one.
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
    /** Whom it is for. */
    recipient: Recipient,
    /** What is sent. */
    notification: Notification,
    /** Identifies the notification, to cancel it; a UUID of its own each time. Default: the server's. */
    uid: text,
    /** When to send it, in Unix seconds. Default: now. */
    sendAt: Schema.optional(Wire.UnixSeconds),
    /** Lose nothing while the queue is away for a moment, at some expense. Default `false`. */
    optimizeForReliability: Schema.optional(Schema.Boolean),
    /** Limits for each device. Default: none. */
    limitStrategy: Schema.optional(LimitStrategy),
    /** Identifies the notification in analytics. Default: `uid`. */
    analyticsUid: text,
    /** What the template's variables are, by language or locale. Turns templating on. */
    localizations: Schema.optional(
      Schema.Record({
        key: Schema.String,
        value: Schema.Struct({
          /** The variables' texts by their names. */
          translations: Wire.Texts
        })
      })
    ),
    /** Take the notification for a template. Default `false`. */
    useTemplating: Schema.optional(Schema.Boolean),
    /** Let the template see the device's `meta`. Default `false`. */
    useMeta: Schema.optional(Schema.Boolean)
  },
  result: {
    /** Identifies the notification, to cancel it. */
    uid: Wire.Text
  },
  // The documentation doesn't say that a second notification with the same uid is dropped.
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
 * Queues a push notification, and answers its `uid`.
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
    /** As `sendPushNotification` was given it, or else its `uid`. */
    analyticsUid: Wire.nonEmpty("an analytics UID"),
    /** What happened to it. */
    status: Schema.Literal("delivered", "interacted"),
    /** On which device. */
    deviceId: Wire.nonEmpty("a device ID"),
    /** As the provider issued it. */
    msgId: text
  },
  result: {},
  // Each call is a row of its own in the analytics.
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
 * Notes for analytics that a notification was delivered or interacted with. Experimental on the
 * server's side.
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
    /** As `sendPushNotification` answered it. */
    uid: Wire.nonEmpty("a notification's UID")
  },
  result: {},
  // A second time finds it called off.
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
 * Calls off a notification that was to be sent later.
 *
 * @since 0.1.0
 */
export const cancelPush: ApiMethod.ApiMethod<
  "cancel_push",
  CancelPushPayload,
  CancelPushResult,
  CancelPushError
> = ApiMethod.make("cancel_push", cancelPushSpec)

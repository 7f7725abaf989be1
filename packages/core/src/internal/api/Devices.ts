/**
 * Devices for push notifications, for Centrifugo PRO with
 * `push_notifications.enabled`. Its methods fail with `NotFoundError` on any other server.
 *
 * Documentation: centrifugal.dev, PRO, "Push notification API".
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import {
  deviceId,
  listing,
  optionalTexts,
  paged,
  type Paged,
  paging,
  type Paging,
  TopicChange
} from "./deviceFields.js"
import * as pro from "./proOptions.js"

/**
 * The push provider that delivers to a device.
 *
 * @since 0.1.0
 */
export const Provider = Schema.Literal("fcm", "hms", "apns", "webpush")

/**
 * The platform of a device.
 *
 * @since 0.1.0
 */
export const Platform = Schema.Literal("ios", "android", "web")

/** Refuses a call that names no devices, because the documentation does not say whether that means all devices. */
const checkNamed = ({ ids = [], users = [] }: Named): ApiMethod.Problem | undefined =>
  ids.length === 0 && users.length === 0 ? { path: [], detail: "expected ids or users" } : undefined

type Named = {
  readonly ids?: ReadonlyArray<string> | undefined
  readonly users?: ReadonlyArray<string> | undefined
}

const named = {
  /** The devices with these IDs. */
  ids: optionalTexts,
  /** The devices of these users. */
  users: optionalTexts
} as const

const deviceRegisterSpec = {
  ...pro.conflicting,
  payload: {
    /** The ID that an earlier registration returned. Default: the device with this token, or a new one. */
    id: Schema.optional(deviceId),
    /** The provider that delivers to the device. */
    provider: Provider,
    /** The token that the provider issued; for `webpush`, the browser's `PushSubscription` as JSON text. */
    token: Wire.nonEmpty("a token"),
    /** The platform of the device. */
    platform: Platform,
    /** The user ID of the owner. Default: no owner. */
    user: Schema.optional(Schema.String),
    /** Data about the device, for templates. Default: none. */
    meta: Schema.optional(Wire.Texts),
    /** The topics of the device, in addition to those of its user. Default: none. */
    topics: optionalTexts,
    /** The IANA name of the timezone, such as `Europe/Nicosia`. */
    timezone: Schema.optional(Schema.String),
    /** The BCP 47 tag of the locale, such as `fr-CA`. */
    locale: Schema.optional(Schema.String)
  },
  result: {
    /** The device's ID. Keep it to register the same device again. */
    id: Wire.Text
  },
  // Provider and token identify the device, so a repeat registers the same one.
  repeat: "natural"
} as const

/**
 * The payload of `deviceRegister`.
 *
 * @since 0.1.0
 */
export interface DeviceRegisterPayload extends ApiMethod.PayloadOf<typeof deviceRegisterSpec> {}

/**
 * The result of `deviceRegister`.
 *
 * @since 0.1.0
 */
export interface DeviceRegisterResult extends ApiMethod.ResultOf<typeof deviceRegisterSpec> {}

/**
 * Every error of `deviceRegister`.
 *
 * @since 0.1.0
 */
export type DeviceRegisterError = ApiMethod.ErrorOf<typeof deviceRegisterSpec>

/**
 * Registers a device, or replaces all data of a registered one: omitted fields become empty, and its topics become
 * `topics` and those of its user.
 *
 * Fails with `ConflictError` if two first registrations of a token happen at the same time. Repeat the call then.
 *
 * @since 0.1.0
 */
export const deviceRegister: ApiMethod.ApiMethod<
  "device_register",
  DeviceRegisterPayload,
  DeviceRegisterResult,
  DeviceRegisterError
> = ApiMethod.make("device_register", deviceRegisterSpec)

const deviceUpdateSpec = {
  ...pro.method,
  payload: {
    ...named,
    /** Changes the user. Default: no change. */
    userUpdate: Schema.optional(
      Schema.Struct({
        /** The user ID. */
        user: Schema.String
      })
    ),
    /** Replaces `meta`. Default: no change. */
    metaUpdate: Schema.optional(
      Schema.Struct({
        /** The new `meta`: strings by name. */
        meta: Wire.Texts
      })
    ),
    /** Changes the topics. Default: no change. */
    topicsUpdate: Schema.optional(TopicChange),
    /** Changes the timezone. Default: no change. */
    timezoneUpdate: Schema.optional(
      Schema.Struct({
        /** The IANA name of the timezone, such as `Europe/Nicosia`. */
        timezone: Schema.String
      })
    ),
    /** Changes the locale. Default: no change. */
    localeUpdate: Schema.optional(
      Schema.Struct({
        /** The BCP 47 tag of the locale, such as `fr-CA`. */
        locale: Schema.String
      })
    )
  },
  result: {},
  // A repeat sets, adds or removes the same.
  repeat: "natural"
} as const

/**
 * The payload of `deviceUpdate`.
 *
 * @since 0.1.0
 */
export interface DeviceUpdatePayload extends ApiMethod.PayloadOf<typeof deviceUpdateSpec> {}

/**
 * The result of `deviceUpdate`.
 *
 * @since 0.1.0
 */
export interface DeviceUpdateResult extends ApiMethod.ResultOf<typeof deviceUpdateSpec> {}

/**
 * Every error of `deviceUpdate`.
 *
 * @since 0.1.0
 */
export type DeviceUpdateError = ApiMethod.ErrorOf<typeof deviceUpdateSpec>

/**
 * Changes data of devices. `userUpdate` changes the user but keeps the topics. To move a device to another user, register
 * it again instead.
 *
 * @since 0.1.0
 */
export const deviceUpdate: ApiMethod.ApiMethod<
  "device_update",
  DeviceUpdatePayload,
  DeviceUpdateResult,
  DeviceUpdateError
> = ApiMethod.make("device_update", {
  ...deviceUpdateSpec,
  check: checkNamed
})

const deviceRemoveSpec = {
  ...pro.method,
  payload: named,
  result: {},
  // A repeat finds no device.
  repeat: "natural"
} as const

/**
 * The payload of `deviceRemove`.
 *
 * @since 0.1.0
 */
export interface DeviceRemovePayload extends ApiMethod.PayloadOf<typeof deviceRemoveSpec> {}

/**
 * The result of `deviceRemove`.
 *
 * @since 0.1.0
 */
export interface DeviceRemoveResult extends ApiMethod.ResultOf<typeof deviceRemoveSpec> {}

/**
 * Every error of `deviceRemove`.
 *
 * @since 0.1.0
 */
export type DeviceRemoveError = ApiMethod.ErrorOf<typeof deviceRemoveSpec>

/**
 * Removes devices.
 *
 * @since 0.1.0
 */
export const deviceRemove: ApiMethod.ApiMethod<
  "device_remove",
  DeviceRemovePayload,
  DeviceRemoveResult,
  DeviceRemoveError
> = ApiMethod.make("device_remove", {
  ...deviceRemoveSpec,
  check: checkNamed
})

const deviceFilterFields = {
  ...named,
  /** Only devices with one of these topics. */
  topics: optionalTexts,
  /** Only devices of these providers. */
  providers: Schema.optional(Schema.Array(Provider)),
  /** Only devices of these platforms. */
  platforms: Schema.optional(Schema.Array(Platform))
} as const

/**
 * Selects devices: those that match all given fields.
 *
 * @since 0.1.0
 */
export interface DeviceFilter extends Wire.Of<typeof deviceFilterFields> {}

/**
 * Schema of a `DeviceFilter`.
 *
 * @since 0.1.0
 */
export const DeviceFilter: Schema.Schema<DeviceFilter> = Schema.Struct(deviceFilterFields)

const deviceFields = {
  /** The device's ID. */
  id: Wire.Text,
  /** The platform of the device: see `Platform`. */
  platform: Wire.Text,
  /** The provider that delivers to the device: see `Provider`. */
  provider: Wire.Text,
  /** The token of the device; for `webpush`, the endpoint of the subscription. */
  token: Wire.Text,
  /** The user ID of the owner; `""` if it has none. */
  user: Wire.Text,
  /** When the device was first registered, in Unix seconds. */
  createdAt: Wire.absent(Wire.SafeInteger),
  /** When the device was last registered or changed, in Unix seconds. */
  updatedAt: Wire.absent(Wire.SafeInteger),
  /** Data about the device; empty without `includeMeta`. */
  meta: Wire.Dictionary(Schema.String),
  /** The topics of the device; empty without `includeTopics`. */
  topics: Wire.List(Schema.String),
  /** The IANA name of the timezone; `""` if unknown. */
  timezone: Wire.Text,
  /** The BCP 47 tag of the locale; `""` if unknown. */
  locale: Wire.Text,
  /** The keys of the push subscription, JSON text with `p256dh` and `auth`; empty without `includeWebpushKeys`. */
  webpushKeys: Wire.Text
}

/**
 * A registered device.
 *
 * @since 0.1.0
 */
export interface Device extends Wire.Of<typeof deviceFields> {}

/**
 * Schema of a `Device`.
 *
 * @since 0.1.0
 */
export const Device: Schema.Schema<Device> = Schema.Struct(deviceFields)

const deviceListSpec = {
  ...listing,
  payload: {
    /** Only devices that match. Default: all devices. */
    filter: Schema.optional(DeviceFilter),
    ...paging,
    /** Whether to return `meta` with each device. Default `false`. */
    includeMeta: Schema.optional(Schema.Boolean),
    /** Whether to return `topics` with each device. Default `false`. */
    includeTopics: Schema.optional(Schema.Boolean),
    /** Whether to return `webpushKeys` with each device. Default `false`. */
    includeWebpushKeys: Schema.optional(Schema.Boolean)
  },
  result: {
    /** The devices of this page. */
    items: Wire.List(Device),
    ...paged
  }
} as const

/**
 * The payload of `deviceList`.
 *
 * @since 0.1.0
 */
export interface DeviceListPayload extends Paging, ApiMethod.PayloadOf<typeof deviceListSpec> {}

/**
 * The result of `deviceList`.
 *
 * @since 0.1.0
 */
export interface DeviceListResult extends Paged, ApiMethod.ResultOf<typeof deviceListSpec> {}

/**
 * Every error of `deviceList`.
 *
 * @since 0.1.0
 */
export type DeviceListError = ApiMethod.ErrorOf<typeof deviceListSpec>

/**
 * Returns a page of the registered devices.
 *
 * @since 0.1.0
 */
export const deviceList: ApiMethod.ApiMethod<
  "device_list",
  DeviceListPayload,
  DeviceListResult,
  DeviceListError
> = ApiMethod.make("device_list", deviceListSpec)

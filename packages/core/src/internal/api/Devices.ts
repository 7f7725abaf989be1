/**
 * Devices for push notifications, and their topic subscriptions. Requires Centrifugo PRO with
 * `push_notifications.enabled`; any other server answers `NotFoundError`.
 *
 * Documentation: centrifugal.dev, PRO, "Push notification API".
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import * as pro from "./proOptions.js"

/**
 * The push provider of a device.
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

const texts = Schema.Array(Schema.String)
const optionalTexts = Schema.optional(texts)
const deviceId = Wire.nonEmpty("a device ID")

/** A change of topics. */
const topicChange = {
  /** Whether to add the topics, remove them, or replace all topics with them. */
  op: Schema.Literal("add", "remove", "set"),
  /** The topics to add, remove or set. Default: none. */
  topics: optionalTexts
} as const

const paging = {
  /** The start of the page: `nextCursor` of the previous page. */
  cursor: Schema.optional(Schema.String),
  /** The most items to return. */
  limit: Schema.optional(Wire.Int32),
  /** Whether to count all items that match the filter. Default `false`. */
  includeTotalCount: Schema.optional(Schema.Boolean)
} as const

const listing = { ...pro.method, repeat: "read" } as const

const paged = {
  /** The cursor of the next page; absent after the last page. */
  nextCursor: Wire.absent(Schema.String),
  /** The number of all matching items; present with `includeTotalCount`. */
  totalCount: Wire.absent(Wire.SafeInteger)
} as const

/** Rejects a change without devices or users, so that it cannot accidentally mean all devices. */
const checkNamed = ({ ids = [], users = [] }: Named): ApiMethod.Problem | undefined =>
  ids.length === 0 && users.length === 0
    ? { path: [], detail: "give ids or users, or no device is meant" }
    : undefined

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
    /** The ID returned by an earlier registration. Default: the device with this token, or a new one. */
    id: Schema.optional(deviceId),
    /** The push provider. */
    provider: Provider,
    /** The provider's token. For `webpush`: the browser's `PushSubscription` as JSON text. */
    token: Wire.nonEmpty("a token"),
    /** The device's platform. */
    platform: Platform,
    /** The ID of the device's user. Default: none. */
    user: Schema.optional(Schema.String),
    /** Your own metadata of the device, for use in templates. */
    meta: Schema.optional(Wire.Texts),
    /** The topics of the device, in addition to its user's. Default: none. */
    topics: optionalTexts,
    /** IANA name, such as `Europe/Nicosia`. */
    timezone: Schema.optional(Schema.String),
    /** BCP 47 tag, such as `fr-CA`. */
    locale: Schema.optional(Schema.String)
  },
  result: {
    /** The device's ID: keep it, to register the same device again. */
    id: Wire.Text
  },
  // Provider and token identify the device, so a repeat finds it.
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
 * Registers a device, or replaces the registration of a known one. Omitted fields are cleared, and the topics
 * become the given ones and those of the user.
 *
 * Fails with `ConflictError` if two first registrations of the same token race; retry the call.
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
    /** Changes the user. Default: unchanged. */
    userUpdate: Schema.optional(
      Schema.Struct({
        /** The user ID. */
        user: Schema.String
      })
    ),
    /** Replaces the devices' metadata. Default: unchanged. */
    metaUpdate: Schema.optional(
      Schema.Struct({
        /** Texts by name. */
        meta: Wire.Texts
      })
    ),
    /** Changes the topics. Default: unchanged. */
    topicsUpdate: Schema.optional(Schema.Struct(topicChange)),
    /** Changes the timezone, an IANA name. Default: unchanged. */
    timezoneUpdate: Schema.optional(
      Schema.Struct({
        /** IANA name, such as `Europe/Nicosia`. */
        timezone: Schema.String
      })
    ),
    /** Changes the locale, a BCP 47 tag. Default: unchanged. */
    localeUpdate: Schema.optional(
      Schema.Struct({
        /** BCP 47 tag, such as `fr-CA`. */
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
 * Updates the given properties of devices and leaves the others. `userUpdate` changes the user but not the
 * topics: to transfer a device to another user, register it again.
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
  // A repeat finds the devices removed.
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
  /** Devices subscribed to one of these topics. */
  topics: optionalTexts,
  /** Devices of one of these providers. */
  providers: Schema.optional(Schema.Array(Provider)),
  /** Devices of one of these platforms. */
  platforms: Schema.optional(Schema.Array(Platform))
} as const

/**
 * Selects devices that match all given lists.
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
  /** The device's platform: see `Platform`. */
  platform: Wire.Text,
  /** The device's provider: see `Provider`. */
  provider: Wire.Text,
  /** The provider's token. For `webpush`: the endpoint of the subscription. */
  token: Wire.Text,
  /** The ID of the device's user; `""` if it has none. */
  user: Wire.Text,
  /** When it was registered, in Unix seconds. */
  createdAt: Wire.absent(Wire.SafeInteger),
  /** When it was last registered or changed, in Unix seconds. */
  updatedAt: Wire.absent(Wire.SafeInteger),
  /** The device's metadata; empty without `includeMeta`. */
  meta: Wire.Dictionary(Schema.String),
  /** The device's topics; empty without `includeTopics`. */
  topics: Wire.List(Schema.String),
  /** The timezone, an IANA name; `""` if unknown. */
  timezone: Wire.Text,
  /** The locale, a BCP 47 tag; `""` if unknown. */
  locale: Wire.Text,
  /** The keys `p256dh` and `auth` as JSON text; empty without `includeWebpushKeys`. */
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
    /** Which devices to return. Default: all. */
    filter: Schema.optional(DeviceFilter),
    ...paging,
    /** Whether to return each device's `meta`. Default `false`. */
    includeMeta: Schema.optional(Schema.Boolean),
    /** Whether to return each device's `topics`. Default `false`. */
    includeTopics: Schema.optional(Schema.Boolean),
    /** Whether to return each device's `webpushKeys`. Default `false`. */
    includeWebpushKeys: Schema.optional(Schema.Boolean)
  },
  result: {
    /** The devices on this page. */
    items: Wire.List(Device),
    ...paged
  }
} as const

/**
 * The payload of `deviceList`.
 *
 * @since 0.1.0
 */
export interface DeviceListPayload extends ApiMethod.PayloadOf<typeof deviceListSpec> {}

/**
 * The result of `deviceList`.
 *
 * @since 0.1.0
 */
export interface DeviceListResult extends ApiMethod.ResultOf<typeof deviceListSpec> {}

/**
 * Every error of `deviceList`.
 *
 * @since 0.1.0
 */
export type DeviceListError = ApiMethod.ErrorOf<typeof deviceListSpec>

/**
 * Lists registered devices, page by page.
 *
 * @since 0.1.0
 */
export const deviceList: ApiMethod.ApiMethod<
  "device_list",
  DeviceListPayload,
  DeviceListResult,
  DeviceListError
> = ApiMethod.make("device_list", deviceListSpec)

const deviceTopicListSpec = {
  ...listing,
  payload: {
    /** Which device subscriptions to return. Default: all. */
    filter: Schema.optional(
      Schema.Struct({
        /** Devices with these IDs. */
        deviceIds: optionalTexts,
        /** Devices of these providers. */
        deviceProviders: Schema.optional(Schema.Array(Provider)),
        /** Devices of these platforms. */
        devicePlatforms: Schema.optional(Schema.Array(Platform)),
        /** Devices of these users. */
        deviceUsers: optionalTexts,
        /** Subscriptions to these topics. */
        topics: optionalTexts,
        /** Subscriptions to topics with this prefix. */
        topicPrefix: Schema.optional(Schema.String)
      })
    ),
    ...paging,
    /** Whether to return the whole device with each item. Default `false`. */
    includeDevice: Schema.optional(Schema.Boolean)
  },
  result: {
    /** The device subscriptions on this page. */
    items: Wire.List(
      Schema.Struct({
        /** The ID of the subscription. */
        id: Wire.Text,
        /** The topic. */
        topic: Wire.Text,
        /** The device; present with `includeDevice`. */
        device: Wire.absent(Device)
      })
    ),
    ...paged
  }
} as const

/**
 * The payload of `deviceTopicList`.
 *
 * @since 0.1.0
 */
export interface DeviceTopicListPayload extends ApiMethod.PayloadOf<typeof deviceTopicListSpec> {}

/**
 * The result of `deviceTopicList`.
 *
 * @since 0.1.0
 */
export interface DeviceTopicListResult extends ApiMethod.ResultOf<typeof deviceTopicListSpec> {}

/**
 * Every error of `deviceTopicList`.
 *
 * @since 0.1.0
 */
export type DeviceTopicListError = ApiMethod.ErrorOf<typeof deviceTopicListSpec>

/**
 * Lists the topic subscriptions of devices, page by page. Notifications to a topic go to these devices.
 *
 * @since 0.1.0
 */
export const deviceTopicList: ApiMethod.ApiMethod<
  "device_topic_list",
  DeviceTopicListPayload,
  DeviceTopicListResult,
  DeviceTopicListError
> = ApiMethod.make("device_topic_list", deviceTopicListSpec)

const deviceTopicUpdateSpec = {
  ...pro.conflicting,
  payload: {
    /** The device's ID. */
    deviceId,
    ...topicChange,
    /** The expected user. The call fails if the device belongs to another one. */
    user: Schema.optional(Schema.String)
  },
  result: {},
  // A repeat adds, removes or sets the same.
  repeat: "natural",
  hints: { 104: "There is no such device, or the server is not Centrifugo PRO." }
} as const

/**
 * The payload of `deviceTopicUpdate`.
 *
 * @since 0.1.0
 */
export interface DeviceTopicUpdatePayload extends ApiMethod.PayloadOf<typeof deviceTopicUpdateSpec> {}

/**
 * The result of `deviceTopicUpdate`.
 *
 * @since 0.1.0
 */
export interface DeviceTopicUpdateResult extends ApiMethod.ResultOf<typeof deviceTopicUpdateSpec> {}

/**
 * Every error of `deviceTopicUpdate`.
 *
 * @since 0.1.0
 */
export type DeviceTopicUpdateError = ApiMethod.ErrorOf<typeof deviceTopicUpdateSpec>

/**
 * Changes the topics of one device. The next registration of the device replaces them.
 *
 * Also fails with `NotFoundError` if the device does not exist, and with `ConflictError` if it does not belong
 * to `user`.
 *
 * @since 0.1.0
 */
export const deviceTopicUpdate: ApiMethod.ApiMethod<
  "device_topic_update",
  DeviceTopicUpdatePayload,
  DeviceTopicUpdateResult,
  DeviceTopicUpdateError
> = ApiMethod.make("device_topic_update", deviceTopicUpdateSpec)

const userTopicListSpec = {
  ...listing,
  payload: {
    /** Which user subscriptions to return. Default: all. */
    filter: Schema.optional(
      Schema.Struct({
        /** Subscriptions of these users. */
        users: optionalTexts,
        /** Subscriptions to these topics. */
        topics: optionalTexts,
        /** Subscriptions to topics with this prefix. */
        topicPrefix: Schema.optional(Schema.String)
      })
    ),
    ...paging
  },
  result: {
    /** The user subscriptions on this page. */
    items: Wire.List(
      Schema.Struct({
        /** The ID of the subscription. */
        id: Wire.Text,
        /** The user ID. */
        user: Wire.Text,
        /** The topic. */
        topic: Wire.Text
      })
    ),
    ...paged
  }
} as const

/**
 * The payload of `userTopicList`.
 *
 * @since 0.1.0
 */
export interface UserTopicListPayload extends ApiMethod.PayloadOf<typeof userTopicListSpec> {}

/**
 * The result of `userTopicList`.
 *
 * @since 0.1.0
 */
export interface UserTopicListResult extends ApiMethod.ResultOf<typeof userTopicListSpec> {}

/**
 * Every error of `userTopicList`.
 *
 * @since 0.1.0
 */
export type UserTopicListError = ApiMethod.ErrorOf<typeof userTopicListSpec>

/**
 * Lists the topic subscriptions of users, page by page.
 *
 * @since 0.1.0
 */
export const userTopicList: ApiMethod.ApiMethod<
  "user_topic_list",
  UserTopicListPayload,
  UserTopicListResult,
  UserTopicListError
> = ApiMethod.make("user_topic_list", userTopicListSpec)

const userTopicUpdateSpec = {
  ...pro.method,
  payload: {
    /** The user ID; `""` means all users. */
    user: Schema.String,
    ...topicChange
  },
  result: {},
  // A repeat adds, removes or sets the same.
  repeat: "natural"
} as const

/**
 * The payload of `userTopicUpdate`.
 *
 * @since 0.1.0
 */
export interface UserTopicUpdatePayload extends ApiMethod.PayloadOf<typeof userTopicUpdateSpec> {}

/**
 * The result of `userTopicUpdate`.
 *
 * @since 0.1.0
 */
export interface UserTopicUpdateResult extends ApiMethod.ResultOf<typeof userTopicUpdateSpec> {}

/**
 * Every error of `userTopicUpdate`.
 *
 * @since 0.1.0
 */
export type UserTopicUpdateError = ApiMethod.ErrorOf<typeof userTopicUpdateSpec>

/**
 * Changes the topics of a user, and immediately those of the user's devices. With the user `""` (all users),
 * each device gets the change at its next registration.
 *
 * @since 0.1.0
 */
export const userTopicUpdate: ApiMethod.ApiMethod<
  "user_topic_update",
  UserTopicUpdatePayload,
  UserTopicUpdateResult,
  UserTopicUpdateError
> = ApiMethod.make("user_topic_update", userTopicUpdateSpec)

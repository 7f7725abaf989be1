/**
 * Devices for push notifications and the topics they are subscribed to, for Centrifugo PRO with
 * `push_notifications.enabled`. Its methods fail with `NotFoundError` on any other server.
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

const texts = Schema.Array(Schema.String)
const optionalTexts = Schema.optional(texts)
const deviceId = Wire.nonEmpty("a device ID")

/** How to change topics. */
const topicChange = {
  /** Whether to add the topics, remove them, or replace all topics with them. */
  op: Schema.Literal("add", "remove", "set"),
  /** The topics to add, remove or set. Default: none. */
  topics: optionalTexts
} as const

const paging = {
  /** The `nextCursor` of the previous page. Default: the first page. */
  cursor: Schema.optional(Schema.String),
  /** The maximum number of items. */
  limit: Schema.optional(Wire.Int32),
  /** Whether to count all items that match the filter, as `totalCount`. Default `false`. */
  includeTotalCount: Schema.optional(Schema.Boolean)
} as const

const listing = { ...pro.method, repeat: "read" } as const

const paged = {
  /** The cursor of the next page; absent on the last page. */
  nextCursor: Wire.absent(Schema.String),
  /** The number of items that match the filter; absent without `includeTotalCount`. */
  totalCount: Wire.absent(Wire.SafeInteger)
} as const

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
    topicsUpdate: Schema.optional(Schema.Struct(topicChange)),
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

const deviceTopicFields = {
  /** The ID of this item. */
  id: Wire.Text,
  /** The topic. */
  topic: Wire.Text,
  /** The device; absent without `includeDevice`. */
  device: Wire.absent(Device)
}

/**
 * A device that is subscribed to a topic.
 *
 * @since 0.1.0
 */
export interface DeviceTopic extends Wire.Of<typeof deviceTopicFields> {}

const deviceTopic: Schema.Schema<DeviceTopic> = Schema.Struct(deviceTopicFields)

const deviceTopicListSpec = {
  ...listing,
  payload: {
    /** Only pairs that match. Default: all pairs. */
    filter: Schema.optional(
      Schema.Struct({
        /** Only devices with these IDs. */
        deviceIds: optionalTexts,
        /** Only devices of these providers. */
        deviceProviders: Schema.optional(Schema.Array(Provider)),
        /** Only devices of these platforms. */
        devicePlatforms: Schema.optional(Schema.Array(Platform)),
        /** Only devices of these users. */
        deviceUsers: optionalTexts,
        /** Only these topics. */
        topics: optionalTexts,
        /** Only topics with this prefix. */
        topicPrefix: Schema.optional(Schema.String)
      })
    ),
    ...paging,
    /** Whether to return the device with each item. Default `false`. */
    includeDevice: Schema.optional(Schema.Boolean)
  },
  result: {
    /** The pairs of device and topic of this page. */
    items: Wire.List(deviceTopic),
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
 * Returns a page of the pairs of device and topic. A notification to a topic goes to the devices that have it.
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
    /** The ID of the device. */
    deviceId,
    ...topicChange,
    /** Change the topics only if the device belongs to this user. Default: any owner. */
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
 * Changes the topics of a device. Its next registration replaces them.
 *
 * Fails with `NotFoundError` if the device does not exist, and with `ConflictError` if it does not belong to `user`.
 *
 * @since 0.1.0
 */
export const deviceTopicUpdate: ApiMethod.ApiMethod<
  "device_topic_update",
  DeviceTopicUpdatePayload,
  DeviceTopicUpdateResult,
  DeviceTopicUpdateError
> = ApiMethod.make("device_topic_update", deviceTopicUpdateSpec)

const userTopicFields = {
  /** The ID of this item. */
  id: Wire.Text,
  /** The user ID. */
  user: Wire.Text,
  /** The topic. */
  topic: Wire.Text
}

/**
 * A user who is subscribed to a topic.
 *
 * @since 0.1.0
 */
export interface UserTopic extends Wire.Of<typeof userTopicFields> {}

const userTopic: Schema.Schema<UserTopic> = Schema.Struct(userTopicFields)

const userTopicListSpec = {
  ...listing,
  payload: {
    /** Only pairs that match. Default: all pairs. */
    filter: Schema.optional(
      Schema.Struct({
        /** Only these users. */
        users: optionalTexts,
        /** Only these topics. */
        topics: optionalTexts,
        /** Only topics with this prefix. */
        topicPrefix: Schema.optional(Schema.String)
      })
    ),
    ...paging
  },
  result: {
    /** The pairs of user and topic of this page. */
    items: Wire.List(userTopic),
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
 * Returns a page of the topics of users.
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
    /** The user ID; `""` for all users. */
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
 * Changes the topics of a user, and immediately those of the user's devices. With `user: ""`, the change is for all
 * users, and devices get the topics at their next registration.
 *
 * @since 0.1.0
 */
export const userTopicUpdate: ApiMethod.ApiMethod<
  "user_topic_update",
  UserTopicUpdatePayload,
  UserTopicUpdateResult,
  UserTopicUpdateError
> = ApiMethod.make("user_topic_update", userTopicUpdateSpec)

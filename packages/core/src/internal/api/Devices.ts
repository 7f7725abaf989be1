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
 * Who delivers to a device.
 *
 * @since 0.1.0
 */
export const Provider = Schema.Literal("fcm", "hms", "apns", "webpush")

/**
 * What a device is.
 *
 * @since 0.1.0
 */
export const Platform = Schema.Literal("ios", "android", "web")

const texts = Schema.Array(Schema.String)
const optionalTexts = Schema.optional(texts)
const deviceId = Wire.nonEmpty("a device ID")

/** How topics are changed. */
const topicChange = {
  /** Add the topics, remove them, or have no others than these. */
  op: Schema.Literal("add", "remove", "set"),
  /** The topics to add, remove or set. Default: none. */
  topics: optionalTexts
} as const

const paging = {
  /** Where the page begins: the `nextCursor` of the one before. */
  cursor: Schema.optional(Schema.String),
  /** How many items at most. */
  limit: Schema.optional(Wire.Int32),
  /** Count all items that the filter lets through, too. Default `false`. */
  includeTotalCount: Schema.optional(Schema.Boolean)
} as const

const listing = { ...pro.method, repeat: "read" } as const

const paged = {
  /** Where the next page begins; absent after the last. */
  nextCursor: Wire.absent(Schema.String),
  /** With `includeTotalCount`. */
  totalCount: Wire.absent(Wire.SafeInteger)
} as const

/** Refuses a change that names no devices: it should not have to be found out whether that is all of them. */
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
    /** As an earlier registration answered it. Default: the device with this token, or a new one. */
    id: Schema.optional(deviceId),
    /** Who delivers to it. */
    provider: Provider,
    /** As the provider gave it; for `webpush` the browser's `PushSubscription` as JSON text. */
    token: Wire.nonEmpty("a token"),
    /** What it is. */
    platform: Platform,
    /** Whose device it is. Default: nobody's. */
    user: Schema.optional(Schema.String),
    /** Whatever you want to know about it, for templates. */
    meta: Schema.optional(Wire.Texts),
    /** The topics it is subscribed to, besides its user's. Default: none. */
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
  // Provider and token identify the device, so a second time finds it.
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
 * Registers a device, or states anew all that is known of a registered one: what is left out is
 * emptied, and its topics become those given here and those of its user.
 *
 * Fails with `ConflictError` when two first registrations of a token meet; the same call goes through
 * then.
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
    /** Renames the user. Default: as it is. */
    userUpdate: Schema.optional(
      Schema.Struct({
        /** The user ID. */
        user: Schema.String
      })
    ),
    /** Replaces what is noted about the devices. Default: as it is. */
    metaUpdate: Schema.optional(
      Schema.Struct({
        /** Texts by name. */
        meta: Wire.Texts
      })
    ),
    /** Changes the topics. Default: as they are. */
    topicsUpdate: Schema.optional(Schema.Struct(topicChange)),
    /** Sets the timezone, an IANA name. Default: as it is. */
    timezoneUpdate: Schema.optional(
      Schema.Struct({
        /** IANA name, such as `Europe/Nicosia`. */
        timezone: Schema.String
      })
    ),
    /** Sets the locale, a BCP 47 tag. Default: as it is. */
    localeUpdate: Schema.optional(
      Schema.Struct({
        /** BCP 47 tag, such as `fr-CA`. */
        locale: Schema.String
      })
    )
  },
  result: {},
  // A second time sets, adds or removes the same.
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
 * Changes what is known of devices, and leaves the rest. `userUpdate` renames a user and leaves topics
 * alone: to hand a device to someone else, register it again.
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
  // A second time finds them gone.
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
  /** Subscribed to one of these topics. */
  topics: optionalTexts,
  /** Of one of these providers. */
  providers: Schema.optional(Schema.Array(Provider)),
  /** Of one of these platforms. */
  platforms: Schema.optional(Schema.Array(Platform))
} as const

/**
 * Which devices: those that every given list holds.
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
  /** What it is: see `Platform`. */
  platform: Wire.Text,
  /** Who delivers to it: see `Provider`. */
  provider: Wire.Text,
  /** For `webpush` the endpoint of the subscription. */
  token: Wire.Text,
  /** Whose device it is; `""` for nobody's. */
  user: Wire.Text,
  /** Unix seconds. */
  createdAt: Wire.absent(Wire.SafeInteger),
  /** When it was last registered or changed, in Unix seconds. */
  updatedAt: Wire.absent(Wire.SafeInteger),
  /** Empty without `includeMeta`. */
  meta: Wire.Dictionary(Schema.String),
  /** Empty without `includeTopics`. */
  topics: Wire.List(Schema.String),
  /** IANA name; `""` where it is not known. */
  timezone: Wire.Text,
  /** BCP 47 tag; `""` where it is not known. */
  locale: Wire.Text,
  /** JSON text with `p256dh` and `auth`; empty without `includeWebpushKeys`. */
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
    /** Which devices. Default: all. */
    filter: Schema.optional(DeviceFilter),
    ...paging,
    /** Give `meta` with each device. Default `false`. */
    includeMeta: Schema.optional(Schema.Boolean),
    /** Give `topics` with each device. Default `false`. */
    includeTopics: Schema.optional(Schema.Boolean),
    /** Give `webpushKeys` with each device. Default `false`. */
    includeWebpushKeys: Schema.optional(Schema.Boolean)
  },
  result: {
    /** The page's devices. */
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
 * Registered devices, page by page.
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
  /** The item's own ID. */
  id: Wire.Text,
  /** The topic. */
  topic: Wire.Text,
  /** With `includeDevice`. */
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
    /** Which pairs of device and topic. Default: all. */
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
        /** These topics. */
        topics: optionalTexts,
        /** Topics that begin so. */
        topicPrefix: Schema.optional(Schema.String)
      })
    ),
    ...paging,
    /** Give the whole device with each item. Default `false`. */
    includeDevice: Schema.optional(Schema.Boolean)
  },
  result: {
    /** The page's pairs of device and topic. */
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
 * Which devices are subscribed to which topics, page by page: what a notification to a topic goes by.
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
    /** The device. */
    deviceId,
    ...topicChange,
    /** Only if the device is still this user's. */
    user: Schema.optional(Schema.String)
  },
  result: {},
  // A second time adds, removes or sets the same.
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
 * Changes the topics of one device, whoever uses it; the next registration replaces them.
 *
 * Fails with `NotFoundError` also where there is no such device, and with `ConflictError` where it is
 * not that of `user`.
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
  /** The item's own ID. */
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
    /** Which pairs of user and topic. Default: all. */
    filter: Schema.optional(
      Schema.Struct({
        /** These users. */
        users: optionalTexts,
        /** These topics. */
        topics: optionalTexts,
        /** Topics that begin so. */
        topicPrefix: Schema.optional(Schema.String)
      })
    ),
    ...paging
  },
  result: {
    /** The page's pairs of user and topic. */
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
 * The topics of users, page by page.
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
    /** The user ID; `""` stands for all. */
    user: Schema.String,
    ...topicChange
  },
  result: {},
  // A second time adds, removes or sets the same.
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
 * Changes the topics of a user, and at once those of the user's devices. With the user `""`, which
 * stands for all, devices take them over at their next registration.
 *
 * @since 0.1.0
 */
export const userTopicUpdate: ApiMethod.ApiMethod<
  "user_topic_update",
  UserTopicUpdatePayload,
  UserTopicUpdateResult,
  UserTopicUpdateError
> = ApiMethod.make("user_topic_update", userTopicUpdateSpec)

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
import * as pro from "./pro.js"

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
}

const paging = {
  /** Where the page begins: the `nextCursor` of the one before. */
  cursor: Schema.optional(Schema.String),
  /** How many items at most. */
  limit: Schema.optional(Wire.Int32),
  /** Count all items that the filter lets through, too. Default `false`. */
  includeTotalCount: Schema.optional(Schema.Boolean)
}

const listing = { ...pro.method, repeat: "read" } as const

const paged = {
  /** Where the next page begins; absent after the last. */
  nextCursor: Wire.absent(Schema.String),
  /** With `includeTotalCount`. */
  totalCount: Wire.absent(Wire.SafeInteger)
}

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
}

/**
 * Registers a device, or states anew all that is known of a registered one: what is left out is
 * emptied, and its topics become those given here and those of its user.
 *
 * Fails with `ConflictError` when two first registrations of a token meet; the same call goes through
 * then.
 *
 * @since 0.1.0
 */
export const deviceRegister = ApiMethod.make("device_register", {
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
})

/**
 * Changes what is known of devices, and leaves the rest. `userUpdate` renames a user and leaves topics
 * alone: to hand a device to someone else, register it again.
 *
 * @since 0.1.0
 */
export const deviceUpdate = ApiMethod.make("device_update", {
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
  repeat: "natural",
  check: checkNamed
})

/**
 * Removes devices.
 *
 * @since 0.1.0
 */
export const deviceRemove = ApiMethod.make("device_remove", {
  ...pro.method,
  payload: named,
  result: {},
  // A second time finds them gone.
  repeat: "natural",
  check: checkNamed
})

/**
 * Which devices: those that every given list holds.
 *
 * @since 0.1.0
 */
export const DeviceFilter = Schema.Struct({
  ...named,
  /** Subscribed to one of these topics. */
  topics: optionalTexts,
  /** Of one of these providers. */
  providers: Schema.optional(Schema.Array(Provider)),
  /** Of one of these platforms. */
  platforms: Schema.optional(Schema.Array(Platform))
})

/**
 * A registered device.
 *
 * @since 0.1.0
 */
export const Device = Schema.Struct({
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
})

/**
 * Registered devices, page by page.
 *
 * @since 0.1.0
 */
export const deviceList = ApiMethod.make("device_list", {
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
})

/**
 * Which devices are subscribed to which topics, page by page: what a notification to a topic goes by.
 *
 * @since 0.1.0
 */
export const deviceTopicList = ApiMethod.make("device_topic_list", {
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
    items: Wire.List(
      Schema.Struct({
        /** The item's own ID. */
        id: Wire.Text,
        /** The topic. */
        topic: Wire.Text,
        /** With `includeDevice`. */
        device: Wire.absent(Device)
      })
    ),
    ...paged
  }
})

/**
 * Changes the topics of one device, whoever uses it; the next registration replaces them.
 *
 * Fails with `NotFoundError` also where there is no such device, and with `ConflictError` where it is
 * not that of `user`.
 *
 * @since 0.1.0
 */
export const deviceTopicUpdate = ApiMethod.make("device_topic_update", {
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
})

/**
 * The topics of users, page by page.
 *
 * @since 0.1.0
 */
export const userTopicList = ApiMethod.make("user_topic_list", {
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
    items: Wire.List(
      Schema.Struct({
        /** The item's own ID. */
        id: Wire.Text,
        /** The user ID. */
        user: Wire.Text,
        /** The topic. */
        topic: Wire.Text
      })
    ),
    ...paged
  }
})

/**
 * Changes the topics of a user, and at once those of the user's devices. With the user `""`, which
 * stands for all, devices take them over at their next registration.
 *
 * @since 0.1.0
 */
export const userTopicUpdate = ApiMethod.make("user_topic_update", {
  ...pro.method,
  payload: {
    /** The user ID; `""` stands for all. */
    user: Schema.String,
    ...topicChange
  },
  result: {},
  // A second time adds, removes or sets the same.
  repeat: "natural"
})

/**
 * The topics that devices and users are subscribed to, for Centrifugo PRO with `push_notifications.enabled`. Its
 * methods fail with `NotFoundError` on any other server.
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
  topicChange,
  type TopicChange
} from "./deviceFields.js"
import * as pro from "./proOptions.js"
import { Device, Platform, Provider } from "./Devices.js"

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
export interface DeviceTopicListPayload extends Paging, ApiMethod.PayloadOf<typeof deviceTopicListSpec> {}

/**
 * The result of `deviceTopicList`.
 *
 * @since 0.1.0
 */
export interface DeviceTopicListResult extends Paged, ApiMethod.ResultOf<typeof deviceTopicListSpec> {}

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
export interface DeviceTopicUpdatePayload
  extends TopicChange, ApiMethod.PayloadOf<typeof deviceTopicUpdateSpec> {}

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
export interface UserTopicListPayload extends Paging, ApiMethod.PayloadOf<typeof userTopicListSpec> {}

/**
 * The result of `userTopicList`.
 *
 * @since 0.1.0
 */
export interface UserTopicListResult extends Paged, ApiMethod.ResultOf<typeof userTopicListSpec> {}

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
export interface UserTopicUpdatePayload
  extends TopicChange, ApiMethod.PayloadOf<typeof userTopicUpdateSpec> {}

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

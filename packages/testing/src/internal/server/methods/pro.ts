/** Requests of PRO methods. A batch decodes them before it rejects them. */
import type * as CentrifugoApi from "@effect-centrifugo/core/CentrifugoApi"
import {
  dictionary,
  flag,
  int32,
  int64,
  list,
  optional,
  raw,
  struct,
  text,
  type Decoder
} from "../../json/decoders.js"
import { FilterNode } from "./connections.js"

const texts = list(text)
const textMap = dictionary(text)
const users = struct({ users: texts })

const page = { include_total_count: flag, cursor: text, limit: int32 }

const deviceFilter = optional(
  struct({ ids: texts, users: texts, topics: texts, providers: texts, platforms: texts })
)

const message = optional(struct({ message: raw }))
const withHeaders = optional(struct({ headers: textMap, payload: raw }))

const pushLimits = optional(
  struct({
    rate_limit: optional(
      struct({
        key: text,
        policies: list(optional(struct({ rate: int64, interval_ms: int32 }))),
        drop_if_rate_limited: flag
      })
    ),
    time_limit: optional(struct({ send_after_time: text, send_before_time: text, no_tz_send_now: flag }))
  })
)

type Name = CentrifugoApi.ProMethods[keyof CentrifugoApi.ProMethods]["method"]

/** Does not compile if a method of `CentrifugoApi` is missing. */
const known: { readonly [M in Name]: Decoder<unknown> } = {
  connections: struct({ user: text, expression: text, label_filter: optional(FilterNode) }),
  update_user_status: struct({ users: texts, state: text }),
  get_user_status: users,
  delete_user_status: users,
  block_user: struct({ expire_at: int64, user: text }),
  unblock_user: struct({ user: text }),
  revoke_token: struct({ expire_at: int64, uid: text }),
  invalidate_user_tokens: struct({ expire_at: int64, user: text, issued_before: int64, channel: text }),
  device_register: struct({
    id: text,
    provider: text,
    token: text,
    platform: text,
    user: text,
    meta: textMap,
    topics: texts,
    timezone: text,
    locale: text
  }),
  device_update: struct({
    ids: texts,
    users: texts,
    user_update: optional(struct({ user: text })),
    meta_update: optional(struct({ meta: textMap })),
    topics_update: optional(struct({ op: text, topics: texts })),
    timezone_update: optional(struct({ timezone: text })),
    locale_update: optional(struct({ locale: text }))
  }),
  device_remove: struct({ ids: texts, users: texts }),
  device_list: struct({
    ...page,
    filter: deviceFilter,
    include_meta: flag,
    include_topics: flag,
    include_webpush_keys: flag
  }),
  device_topic_list: struct({
    ...page,
    filter: optional(
      struct({
        device_ids: texts,
        device_providers: texts,
        device_platforms: texts,
        device_users: texts,
        topics: texts,
        topic_prefix: text
      })
    ),
    include_device: flag
  }),
  device_topic_update: struct({ device_id: text, op: text, topics: texts, user: text }),
  user_topic_list: struct({
    ...page,
    filter: optional(struct({ users: texts, topics: texts, topic_prefix: text }))
  }),
  user_topic_update: struct({ user: text, op: text, topics: texts }),
  send_push_notification: struct({
    recipient: optional(
      struct({
        filter: deviceFilter,
        fcm_tokens: texts,
        fcm_topic: text,
        fcm_condition: text,
        hms_tokens: texts,
        hms_topic: text,
        hms_condition: text,
        apns_tokens: texts,
        webpush_tokens: texts
      })
    ),
    notification: optional(
      struct({ fcm: message, hms: message, apns: withHeaders, webpush: withHeaders, expire_at: int64 })
    ),
    uid: text,
    send_at: int64,
    optimize_for_reliability: flag,
    limit_strategy: pushLimits,
    analytics_uid: text,
    localizations: dictionary(optional(struct({ translations: textMap }))),
    use_templating: flag,
    use_meta: flag
  }),
  update_push_status: struct({ analytics_uid: text, status: text, device_id: text, msg_id: text }),
  cancel_push: struct({ uid: text })
}

export const proRequests: { readonly [method: string]: Decoder<unknown> } = known

/**
 * Random requests to the server API: mostly valid, and some broken in every way that matters to a decoder. Their
 * text has two kinds of placeholders: `§` makes channels unique per run, and `€0`, `€1`, ... are epochs of the
 * server's earlier answers.
 */
import * as fc from "effect/FastCheck"

export interface WireRequest {
  readonly method: string
  readonly body: string
  /** Whether it requests the transport error mode. */
  readonly transport: boolean
}

const text = (value: string) => JSON.stringify(value)

/** Values for any field, wrong for most fields. */
const junk = fc.constantFrom(
  ...[
    "null",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "-0",
    "1.0",
    "1e2",
    '"1"',
    '""',
    "{}",
    "[]",
    "[null]",
    '{"a":1}'
  ],
  ...["18446744073709551615", "18446744073709551616", "-9223372036854775808", "-9223372036854775809"],
  ...["9007199254740993", "2147483648", "-2147483649", "4294967296", '"\\ud800"', "[[]]", "[1]", "0.5"]
)

/** Channels of every kind. */
const channels = [
  ...["§a", "§b", "$§a", ":§", "chat:§a", "$chat:§a", "tiny:§a", "tiny:§b", "nohist:§a", "bin:§a"],
  ...["obj:§a", "json:§a", "map:§a", "map:§b", "eph:§a", "per:§a", "broken:§a", "poll:§a", "mute:§a"],
  ...["zz:§a", "a b:§", "§ü😀", "§<&>"]
]
/** Channels that the long-lived connection can subscribe to; only JSON is published there. */
export const steadyChannels = ["§s", "§t", "chat:§s", "nohist:§s", "map:§s", "zz:§s"]

const oneOf = (...values: ReadonlyArray<string>) => fc.constantFrom(...values).map(text)
const channel = fc.oneof({ weight: 15, arbitrary: oneOf(...channels) }, { weight: 1, arbitrary: oneOf("") })
const streamChannel = oneOf("§a", "§b", "chat:§a", "tiny:§a", "tiny:§b", "bin:§a", "obj:§a", "json:§a")
const mapChannel = fc.oneof(
  { weight: 12, arbitrary: oneOf("map:§a", "map:§b", "eph:§a", "per:§a") },
  { weight: 1, arbitrary: fc.oneof(channel, oneOf("broken:§a")) }
)
const steadyChannel = oneOf(...steadyChannels)
const key = fc.oneof(
  { weight: 15, arbitrary: oneOf("k", "l") },
  { weight: 5, arbitrary: oneOf("ä", "😀", "\uffff") },
  { weight: 1, arbitrary: oneOf("") }
)
const user = oneOf("", "nobody", "1")
const word = oneOf("", "x", "y", "£ä😀", "<&>\u2028")
const flag = fc.constantFrom("true", "false")
const epoch = fc.oneof(oneOf("€0", "€1", "€2", "none"), fc.constant('""'))
const offset = fc.constantFrom("0", "1", "2", "3", "4", "10", "9007199254740993", "18446744073709551615")
const limit = fc.constantFrom("0", "1", "2", "-1", "-5", "100", "2147483647")
const version = fc.constantFrom(
  "0",
  "1",
  "2",
  "3",
  "9007199254740992",
  "9007199254740993",
  "18446744073709551615"
)
const json = fc.constantFrom(
  ...[
    "1",
    '"s"',
    '{"a":"<&>"}',
    "[1, 2 ,\n3]",
    "null",
    '{"b":1,"a":1,"a":2}',
    '"\u2028\\u2028"',
    '"\\ud800"'
  ],
  ...["1e400", "0.10", '"é😀"', "{}", "[]", '""', "false", ' { "x" : [ "  " ] } ', "12345678901234567890"]
)
const base64 = oneOf(
  "eyJhIjoxfQ==",
  "//8=",
  "Iv8i",
  "Mg==",
  "ew==",
  "bad",
  "Mg",
  "Mg=\n=",
  "\n",
  "*",
  "77u/MQ=="
)
const future = fc.constantFrom("0", "-1", "99999999999", "9223372036854775807")

type Value = fc.Arbitrary<string>
type Field = readonly [name: string, value: Value, percent: number]

const always = (name: string, value: Value): Field => [name, value, 96]
const often = (name: string, value: Value): Field => [name, value, 50]
const seldom = (name: string, value: Value): Field => [name, value, 15]

/** A name, exactly or nearly: Go ignores case, and folds two non-ASCII letters to ASCII. */
const spelled = (name: string) =>
  fc.oneof(
    { weight: 60, arbitrary: fc.constant(name) },
    { weight: 1, arbitrary: fc.constant(name.toUpperCase()) },
    { weight: 1, arbitrary: fc.constant(name.replace("s", "ſ").replace("k", "K")) },
    { weight: 1, arbitrary: fc.constant(`${name}_`) }
  )

/** Not a number below a limit, because fast-check prefers some numbers. */
const chance = (percent: number) =>
  fc.oneof(
    { weight: 100 - percent, arbitrary: fc.constant(false) },
    { weight: percent, arbitrary: fc.constant(true) }
  )

const fieldOf = ([name, value, percent]: Field) =>
  fc.tuple(
    spelled(name),
    fc.oneof({ weight: 30, arbitrary: value }, { weight: 1, arbitrary: junk }),
    chance(percent)
  )

const strange: Field = seldom("strange", junk)

const objectOf = (...fields: ReadonlyArray<Field>): Value =>
  fc
    .tuple(
      fc.tuple(...[...fields, strange].map(fieldOf)),
      // Sometimes a field is repeated.
      fc.tuple(chance(4), fc.nat({ max: fields.length })),
      fc.constantFrom("", "", "", " ", "\n\t")
    )
    .map(([parts, [twice, which], space]) => {
      const written = parts.flatMap(([name, value, isThere]) =>
        isThere ? [`${text(name)}:${space}${value}`] : []
      )
      const again = twice ? parts[which] : undefined
      if (again !== undefined) written.push(`${text(again[0])}:${again[1]}`)
      return `{${space}${written.join(`${space},`)}}`
    })

const listOf = (item: Value, maxLength = 3): Value =>
  fc.array(item, { maxLength }).map((items) => `[${items.join(",")}]`)

const position = objectOf(often("offset", offset), often("epoch", epoch))
const tags = fc.oneof(
  fc.constant("{}"),
  fc.constantFrom('{"b":"1","a":"<"}', '{"x":null}', '{"\uffff":"1","😀":"2"}', '{"a":1}')
)

const publication = (data: ReadonlyArray<Field>): ReadonlyArray<Field> => [
  ...data,
  seldom("skip_history", flag),
  seldom("tags", tags),
  seldom("idempotency_key", word),
  seldom("delta", flag),
  seldom("version", version),
  seldom("version_epoch", word)
]
const anyData = [always("data", json), seldom("b64data", base64)]

const filter = objectOf(
  seldom("op", word),
  seldom("vals", listOf(word)),
  seldom("nodes", fc.constant("[{},null]"))
)
const pro = [seldom("all_users", flag), seldom("label_filter", filter)]
const selection = [often("user", user), seldom("client", word), seldom("session", word), ...pro]
const overridden = fc.constantFrom('{"value":true}', '{"value":false}', "{}", "null")

/** At most one of a kind, because the server publishes to them concurrently. */
const manyChannels = fc
  .uniqueArray(fc.constantFrom(...channels, ""), { maxLength: 5 })
  .map((names) => JSON.stringify(names))

const pattern = oneOf(
  ...[
    "",
    "*",
    "§*",
    "*§",
    "*:§s",
    "§?",
    "§[st]",
    "§[!s]",
    "§[r-t]",
    "{§s,chat:*}",
    "chat:§s",
    "{§s,{chat,*}:§s}"
  ],
  ...["[", "[]", "§[t-s]", "{§s", "§s}", "\\§s", "**s", "[a-", "[!", "*\\", ",", "\ufffd", "§[s-]"]
)

const bodies: { readonly [method: string]: readonly [weight: number, body: Value] } = {
  publish: [
    14,
    fc.oneof(
      objectOf(always("channel", streamChannel), ...publication(anyData)),
      objectOf(always("channel", channel), ...publication(anyData)),
      objectOf(always("channel", steadyChannel), ...publication([always("data", json)]))
    )
  ],
  broadcast: [4, objectOf(always("channels", manyChannels), ...publication(anyData))],
  subscribe: [
    5,
    fc.oneof(
      objectOf(
        always("channel", channel),
        ...selection,
        often("expire_at", future),
        seldom("info", json),
        seldom("b64info", base64),
        seldom("data", json),
        seldom("b64data", base64),
        seldom("recover_since", position),
        seldom("override", objectOf(often("presence", overridden), seldom("force_recovery", overridden)))
      ),
      objectOf(
        always("channel", steadyChannel),
        always("user", oneOf("steady")),
        seldom("client", word),
        seldom("expire_at", fc.constantFrom("1", "0", "-1", "99999999999")),
        seldom("info", json),
        seldom("b64info", base64),
        seldom("data", json),
        seldom("override", objectOf(often("presence", overridden)))
      )
    )
  ],
  unsubscribe: [
    3,
    fc.oneof(
      objectOf(always("channel", channel), ...selection),
      objectOf(always("channel", steadyChannel), always("user", oneOf("steady")), seldom("client", word))
    )
  ],
  disconnect: [
    2,
    objectOf(
      ...selection,
      often("disconnect", objectOf(often("code", fc.constantFrom("4000", "70000")), often("reason", word))),
      seldom("whitelist", listOf(word))
    )
  ],
  refresh: [
    2,
    fc.oneof(
      objectOf(...selection, often("expired", flag), often("expire_at", future), seldom("info", json)),
      // Without changes, because the connection has to stay.
      fc.constantFrom(
        '{"user":"steady"}',
        '{"user":"steady","expire_at":0,"info":{"a":1}}',
        '{"user":"steady","client":"x","expired":true}'
      )
    )
  ],
  presence: [4, objectOf(always("channel", fc.oneof(channel, steadyChannel)))],
  presence_stats: [4, objectOf(always("channel", fc.oneof(channel, steadyChannel)))],
  history: [
    12,
    objectOf(
      always("channel", fc.oneof(streamChannel, streamChannel, channel, steadyChannel)),
      always("limit", limit),
      often("since", position),
      seldom("reverse", flag)
    )
  ],
  history_remove: [2, objectOf(always("channel", fc.oneof(streamChannel, channel)))],
  info: [1, objectOf()],
  rpc: [1, objectOf(often("method", word), seldom("params", json))],
  channels: [4, objectOf(always("pattern", pattern))],
  map_publish: [
    8,
    objectOf(
      always("channel", mapChannel),
      always("key", key),
      ...publication(anyData),
      seldom("stream_data", json),
      seldom("b64stream_data", base64),
      seldom("score", fc.constantFrom("1", "-9223372036854775808")),
      seldom("key_mode", oneOf("if_new", "if_exists", "replace", ""))
    )
  ],
  map_remove: [
    3,
    objectOf(always("channel", mapChannel), always("key", key), seldom("idempotency_key", word))
  ],
  map_read_state: [
    6,
    objectOf(
      always("channel", mapChannel),
      always("limit", limit),
      seldom("cursor", key),
      seldom("key", key),
      seldom("asc", flag),
      seldom("revision_offset", offset),
      seldom("revision_epoch", epoch)
    )
  ],
  map_read_stream: [
    6,
    objectOf(
      always("channel", mapChannel),
      always("limit", limit),
      seldom("since_offset", offset),
      seldom("since_epoch", epoch),
      seldom("reverse", flag)
    )
  ],
  map_stats: [2, objectOf(always("channel", mapChannel))],
  map_clear: [1, objectOf(always("channel", mapChannel))],
  shared_poll_publish: [
    3,
    objectOf(
      always("channel", fc.oneof(oneOf("poll:§a", "mute:§a"), channel)),
      always("key", key),
      ...anyData,
      always("version", version),
      seldom("epoch", word)
    )
  ],
  connections: [1, objectOf(often("user", user), seldom("label_filter", filter))],
  send_push_notification: [
    1,
    objectOf(
      often(
        "recipient",
        objectOf(often("fcm_tokens", listOf(word)), seldom("filter", objectOf(seldom("ids", listOf(word)))))
      ),
      often(
        "notification",
        objectOf(often("fcm", objectOf(often("message", json))), seldom("expire_at", future))
      ),
      seldom(
        "localizations",
        fc.constantFrom('{"de":{"translations":{"a":"b"}}}', '{"de":null}', '{"de":{"translations":[]}}')
      ),
      seldom(
        "limit_strategy",
        fc.constantFrom(
          '{"rate_limit":{"policies":[{"rate":1,"interval_ms":2},null]}}',
          '{"rate_limit":{"policies":[{"rate":"1"}]}}'
        )
      )
    )
  ],
  device_list: [
    1,
    objectOf(seldom("filter", objectOf(often("topics", listOf(word)))), seldom("limit", limit))
  ]
}

const single = fc.oneof(
  ...Object.entries(bodies).map(([method, [weight, body]]) => ({
    weight,
    arbitrary: body.map((body) => ({ method, body }))
  }))
)

/** Two requests of one method are merged, which could end the long-lived connection with bytes or an expiry. */
const leavesSteadyAlone = ([first, second]: ReadonlyArray<{
  readonly method: string
  readonly body: string
}>) => first?.method !== second?.method || !/steady|§[st]"/.test(`${first?.body}${second?.body}`)

const command = fc.oneof(
  {
    weight: 20,
    arbitrary: fc
      .array(single, { minLength: 1, maxLength: 2 })
      .filter(leavesSteadyAlone)
      .map((members) => `{${members.map(({ body, method }) => `"${method}":${body}`).join(",")}}`)
  },
  { weight: 1, arbitrary: single.map(({ body, method }) => `{"${method.toUpperCase()}":${body}}`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom("null", "{}", '{"publish":null}', '{"nope":1}', '{"batch":{}}', "1")
  }
)

const batch = fc.oneof(
  {
    weight: 12,
    arbitrary: objectOf(always("commands", listOf(command, 6)), seldom("parallel", fc.constant("false")))
  },
  {
    weight: 1,
    arbitrary: objectOf(always("commands", listOf(command, 1)), always("parallel", fc.constant("true")))
  }
)

const nested = (depth: number) => `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`

/** Bodies that are broken as a whole. */
const malformed = fc.constantFrom(
  ...[
    "",
    " ",
    "null",
    "true",
    "[]",
    '""',
    "0",
    "{",
    "{}x",
    "{}{}",
    " {} ",
    "\ufeff{}",
    "{'a':1}",
    '{"a":1,}',
    "nul"
  ],
  ...[
    '{"channel":"§a" "data":1}',
    '{"channel":"\u0001"}',
    '{"data":01}',
    '{"data":+1}',
    '{"data":.5}',
    '{"data":1.}'
  ],
  ...['{"channel":"§a","data":"\\x"}', '{"channel":"§a","data":NaN}', nested(9_999), nested(10_000)]
)

const members = fc.oneof(
  { weight: 40, arbitrary: single },
  { weight: 8, arbitrary: batch.map((body) => ({ method: "batch", body })) },
  {
    weight: 2,
    arbitrary: fc.record({ method: fc.constantFrom(...Object.keys(bodies), "batch"), body: malformed })
  }
)

export const request: fc.Arbitrary<WireRequest> = fc
  .tuple(members, chance(20))
  .map(([member, transport]) => ({ ...member, transport }))

// What the examples in frameworks have in common: `POST /rooms/:room/messages`. Each is used as its users do.

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis))

const message = JSON.stringify({ text: "hello" })

/** Posts a message with `fetch` of Node. A kept-alive connection would delay the end of a server by seconds. */
export const postTo =
  (url) =>
  (room, body = message) =>
    fetch(`${url}/rooms/${room}/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", connection: "close" },
      body
    })

/** Rooms of the stub server, with the status of an answer. */
const cases = [
  ["lobby", message, 201],
  ["lobby", JSON.stringify({ text: "" }), 400],
  ["lobby", "no JSON", 400],
  ["unknown", message, 500],
  ["down", message, 503]
]

/** The statuses that `post` answers with, and what arrived. `received` are publications of earlier programs. */
export const checkRooms = async (post, { CENTRIFUGO_API_URL, CENTRIFUGO_API_KEY }) => {
  const received = async () =>
    (await fetch(new URL("/received?channel=room:lobby", CENTRIFUGO_API_URL))).json()
  const before = (await received()).length
  const problems = []
  for (const [room, body, status] of cases) {
    const response = await post(room, body)
    const text = await response.text()
    if (response.status !== status)
      problems.push(`${room}: ${body} got ${response.status}, not ${status}: ${text}`)
    if (text.includes(CENTRIFUGO_API_KEY)) problems.push(`${room}: the answer holds the key: ${text}`)
    if (status === 201 && JSON.parse(text).offset !== 1) problems.push(`${room}: no offset in ${text}`)
  }
  const data = (await received()).slice(before).map((publication) => publication.data.text)
  return data.join() === "hello" ? problems : [...problems, `published: ${JSON.stringify(data)}`]
}

/** SIGTERM comes while a request waits for the stub server. The request is answered, and the program ends. */
export const checkStop = async (server) => {
  const answer = postTo(server.url)("slow").then(
    ({ status }) => status,
    (error) => `${error}: ${error.cause}`
  )
  await pause(500)
  const stopped = server.stop().then(() => true)
  const status = await answer
  const ended = await Promise.race([stopped, pause(10_000)])
  return [
    ...(status === 201 ? [] : [`the request in flight got ${status}:\n${server.output()}`]),
    ...(ended ? [] : ["it did not end within ten seconds"])
  ]
}

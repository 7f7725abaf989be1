export default function Page() {
  return (
    <p>
      Post a message: <code>{`curl -d '{"text":"hello"}' http://localhost:3000/rooms/lobby/messages`}</code>
    </p>
  )
}

// The methods of the open-source server, by area. Each export of these modules is public.
export * from "./ChannelHistory.js"
export * from "./Connections.js"
export * from "./MapChannels.js"
export * from "./Presence.js"
export * from "./Publishing.js"
export * from "./Server.js"
export * from "./SharedPoll.js"
export * from "./Subscriptions.js"

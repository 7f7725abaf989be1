/**
 * The methods of the server API that this version knows, by the names that the client gives them.
 * The client's type is derived from it.
 *
 * @since 0.1.0
 */
import { history } from "./ChannelHistory.js"
import { presence, presenceStats } from "./Presence.js"
import { broadcast, publish } from "./Publishing.js"
import { info } from "./Server.js"
import { disconnect } from "./Subscriptions.js"

/**
 * The open-source server's methods (`batch` is not one of them: it carries them).
 *
 * @since 0.1.0
 */
export const methods = { publish, broadcast, disconnect, presence, presenceStats, history, info } as const

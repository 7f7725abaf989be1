/** Fields and hints that the methods of map channels share. */
import * as Wire from "../../Wire.js"

export const hints = { 107: "The namespace's subscription_type must be map, map_clients or map_users." }

export const channel = Wire.ChannelName
export const key = Wire.nonEmpty("a key")

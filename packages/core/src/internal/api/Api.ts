/**
 * The methods of the server API that this version knows, by the names that the clients give them. The
 * clients' types are derived from it.
 *
 * @since 0.1.0
 */
import { history, historyRemove } from "./ChannelHistory.js"
import { connections, disconnect, refresh } from "./Connections.js"
import * as Devices from "./Devices.js"
import * as MapChannels from "./MapChannels.js"
import { presence, presenceStats } from "./Presence.js"
import { broadcast, publish } from "./Publishing.js"
import { cancelPush, sendPushNotification, updatePushStatus } from "./PushNotifications.js"
import { channels, info, rpc } from "./Server.js"
import { sharedPollPublish } from "./SharedPoll.js"
import { subscribe, unsubscribe } from "./Subscriptions.js"
import { blockUser, invalidateUserTokens, revokeToken, unblockUser } from "./UserAccess.js"
import { deleteUserStatus, getUserStatus, updateUserStatus } from "./UserStatus.js"

/**
 * The open-source server's methods (`batch` is not one of them: it carries them).
 *
 * @since 0.1.0
 */
export const methods = {
  publish,
  broadcast,
  subscribe,
  unsubscribe,
  disconnect,
  refresh,
  presence,
  presenceStats,
  history,
  historyRemove,
  info,
  rpc,
  channels,
  mapPublish: MapChannels.mapPublish,
  mapRemove: MapChannels.mapRemove,
  mapReadState: MapChannels.mapReadState,
  mapReadStream: MapChannels.mapReadStream,
  mapStats: MapChannels.mapStats,
  mapClear: MapChannels.mapClear,
  sharedPollPublish
} as const

/**
 * What Centrifugo PRO has besides.
 *
 * @since 0.1.0
 */
export const proMethods = {
  connections,
  updateUserStatus,
  getUserStatus,
  deleteUserStatus,
  blockUser,
  unblockUser,
  revokeToken,
  invalidateUserTokens,
  deviceRegister: Devices.deviceRegister,
  deviceUpdate: Devices.deviceUpdate,
  deviceRemove: Devices.deviceRemove,
  deviceList: Devices.deviceList,
  deviceTopicList: Devices.deviceTopicList,
  deviceTopicUpdate: Devices.deviceTopicUpdate,
  userTopicList: Devices.userTopicList,
  userTopicUpdate: Devices.userTopicUpdate,
  sendPushNotification,
  updatePushStatus,
  cancelPush
} as const

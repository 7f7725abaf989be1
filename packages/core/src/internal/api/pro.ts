// The methods of Centrifugo PRO, by area. Each export of these modules is public.
export * from "./ConnectionList.js"
export * from "./Devices.js"
export * from "./PushNotifications.js"
export * from "./Topics.js"
export * from "./UserAccess.js"
export * from "./UserStatus.js"

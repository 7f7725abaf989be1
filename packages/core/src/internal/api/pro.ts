// The methods of Centrifugo PRO, by area. Only what users need may be exported by these modules.
export * from "./ConnectionList.js"
export * from "./Devices.js"
export * from "./PushNotifications.js"
export * from "./UserAccess.js"
export * from "./UserStatus.js"

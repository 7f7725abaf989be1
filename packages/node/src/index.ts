export * as CentrifugoNode from "./CentrifugoNode.js"
export * as CentrifugoPromise from "./CentrifugoPromise.js"
export * as UndiciTransport from "./UndiciTransport.js"

export * as CentrifugoNode from "./CentrifugoNode.js"
export * as UndiciTransport from "./UndiciTransport.js"

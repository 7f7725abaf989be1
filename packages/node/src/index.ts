export * as CentrifugoNode from "./CentrifugoNode.js"
export * as EmbeddedServer from "./EmbeddedServer.js"
export * as UndiciTransport from "./UndiciTransport.js"

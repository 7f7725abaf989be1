export * as CentrifugoTest from "./CentrifugoTest.js"

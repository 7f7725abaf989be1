import { fileURLToPath } from "node:url"

/** @type {import("next").NextConfig} */
export default {
  // The packages are installed in the folder above.
  turbopack: { root: fileURLToPath(new URL("..", import.meta.url)) }
}

/** Base64 with the runtime's own functions: `effect/Encoding` would be half a percent of a small bundle. */

/** More arguments than this would overflow the stack of some runtimes. */
const chunk = 8192

export const encode = (bytes: Uint8Array): string => {
  let binary = ""
  for (let i = 0; i < bytes.length; i += chunk) binary += String.fromCharCode(...bytes.subarray(i, i + chunk))
  return btoa(binary)
}

/** Decodes base64. Returns `undefined` for invalid text. */
export const decode = (text: string): Uint8Array | undefined => {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}

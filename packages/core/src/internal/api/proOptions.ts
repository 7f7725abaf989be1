/** Options that all methods of Centrifugo PRO share. */

/**
 * The source of PRO is not public. The codes come from its documentation and from the API's list of errors; 104
 * is the response of a server without PRO.
 */
export const method = { edition: "PRO", codes: [100, 104, 107, 108] } as const

/** The same, for methods whose documentation also mentions conflicts. */
export const conflicting = { edition: "PRO", codes: [100, 104, 107, 108, 113] } as const

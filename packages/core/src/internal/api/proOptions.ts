/** What the methods of Centrifugo PRO share. */

/**
 * PRO's source is not public: the codes are those of its documentation, of the API's own list of
 * errors, and 104, which is what a server without PRO answers.
 */
export const method = { edition: "PRO", codes: [100, 104, 107, 108] } as const

/** The same where the documentation also speaks of conflicts. */
export const conflicting = { edition: "PRO", codes: [100, 104, 107, 108, 113] } as const

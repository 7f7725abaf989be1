import { Either } from "effect"

/** The right side; a left side fails the test with its own message. */
export const right = <A, E>(either: Either.Either<A, E>): A => Either.getOrThrowWith(either, (error) => error)

/** The left side; a right side fails the test. */
export const left = <A, E>(either: Either.Either<A, E>): E =>
  Either.getOrThrowWith(Either.flip(either), (value) => new Error(`a success: ${JSON.stringify(value)}`))

/** Converts parameters to channel names and back. */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { describe, Issue, threw } from "../codec/Issue.js"
import { reader, writer } from "../api/schemas.js"
import { type Limits, problemOfName, problemOfValue } from "./rules.js"
import type { Template } from "./template.js"

/** Schemas of parameters by name. A parameter without a schema is a string. */
export interface Schemas {
  // Schema is invariant, so no narrower type accepts every schema.
  readonly [name: string]: Schema.Schema.AnyNoContext
}

type Coder = (value: unknown) => Either.Either<unknown, Issue>

/** The naming rule of one template. */
export class Naming {
  readonly #template: Template
  readonly #limits: Limits
  readonly #write: ReadonlyArray<Coder>
  readonly #read: ReadonlyArray<Coder>

  constructor(template: Template, schemas: Schemas, limits: Limits) {
    const all = template.names.map((name) => own(schemas, name) ?? Schema.String)
    this.#template = template
    this.#limits = limits
    this.#write = all.map((schema) => writer(schema))
    this.#read = all.map((schema) => reader(schema))
  }

  get hasParameters(): boolean {
    return this.#template.names.length > 0
  }

  /** The name, or the problem with the parameters. */
  build(params: unknown): Either.Either<string, Issue> {
    try {
      return this.#build(params)
    } catch (error) {
      // Thrown by a getter of the caller's object.
      return Either.left(threw(error))
    }
  }

  /** Returns the parameters that produce exactly this name, or `none`. */
  parse(channel: string): Option.Option<{ readonly [name: string]: unknown }> {
    const values = this.#split(channel)
    if (values === undefined) return Option.none()
    const entries: Array<readonly [string, unknown]> = []
    for (const [i, name] of this.#template.names.entries()) {
      const value = this.#read[i]!(values[i])
      if (Either.isLeft(value)) return Option.none()
      entries.push([name, value.right])
    }
    const params = Object.fromEntries(entries)
    // "042" parses as 42, but 42 produces another name.
    const name = this.build(params)
    return Either.isRight(name) && name.right === channel ? Option.some(params) : Option.none()
  }

  #build(params: unknown): Either.Either<string, Issue> {
    const { literals, names } = this.#template
    if (typeof params !== "object" || params === null) {
      return Either.left(new Issue(`expected an object with ${names.join(", ")}, got ${describe(params)}`))
    }
    let channel = literals[0]
    const values: Array<string> = []
    for (const [i, name] of names.entries()) {
      const value = this.#encode(i, (params as { readonly [name: string]: unknown })[name])
      if (value instanceof Issue) return Either.left(value.within(name))
      values.push(value)
      channel += value + literals[i + 1]!
    }
    const problem = this.#problem(channel, values)
    return problem === undefined ? Either.right(channel) : Either.left(problem)
  }

  #encode(index: number, given: unknown): string | Issue {
    if (given === undefined) return new Issue("required, but missing or undefined")
    const written = this.#write[index]!(given)
    if (Either.isLeft(written)) return written.left
    const value = written.right
    if (typeof value !== "string")
      return new Issue(`its schema must encode it to a string, got ${describe(value)}`)
    const problem = problemOfValue(value, this.#limits)
    return problem === undefined ? value : new Issue(problem)
  }

  #problem(channel: string, values: ReadonlyArray<string>): Issue | undefined {
    const { literals, names } = this.#template
    const read = this.#split(channel)
    const lost = values.findIndex((value, i) => read?.[i] !== value)
    if (lost >= 0) {
      const next = JSON.stringify(literals[lost + 1])
      return new Issue(
        `the value contains ${next}, the text that follows the parameter in the template`
      ).within(names[lost]!)
    }
    const problem = problemOfName(channel, this.#limits)
    return problem === undefined ? undefined : new Issue(problem)
  }

  /** Each value ends at the first occurrence of the text that follows it. The last value takes the rest. */
  #split(channel: string): ReadonlyArray<string> | undefined {
    const [first, ...following] = this.#template.literals
    if (following.length === 0) return channel === first ? [] : undefined
    if (!channel.startsWith(first)) return undefined
    const values: Array<string> = []
    let start = first.length
    for (const [i, literal] of following.entries()) {
      const isLast = i === following.length - 1
      const end = isLast ? channel.length - literal.length : channel.indexOf(literal, start + 1)
      if (end <= start || !channel.startsWith(literal, end)) return undefined
      values.push(channel.slice(start, end))
      start = end + literal.length
    }
    return values
  }
}

/** Reads own properties only: a parameter may have the name of a property of `Object.prototype`. */
const own = (schemas: Schemas, name: string): Schema.Schema.AnyNoContext | undefined =>
  Object.hasOwn(schemas, name) ? schemas[name] : undefined

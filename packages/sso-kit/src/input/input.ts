import type { EnvironmentName } from '@dhp/sso-kit';
import { InputError } from './input-error.ts';

/** The database accepts every character except this one. */
function withoutNul(name: string, text: string): string {
  if (!text.includes('\0')) return text;
  throw new InputError('invalid-value', `${name} has the character U+0000, which no text may have`);
}

/** Parameters of an act: parts of the path, and the query or the body. Reading a wrong value fails with a sentence for the caller. */
export class Input {
  readonly #parts: Readonly<Record<string, string>>;
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(parts: Readonly<Record<string, string>>, values: Readonly<Record<string, unknown>>) {
    this.#parts = parts;
    this.#values = values;
  }

  /** The same input without members that are null, for acts in which null means the same as absent. */
  withoutNulls(): Input {
    return new Input(
      this.#parts,
      Object.fromEntries(Object.entries(this.#values).filter(([, value]) => value !== null)),
    );
  }

  part(name: string): string {
    const part = this.#parts[name] ?? '';
    if (part.includes('\0')) throw new InputError('not-found', `There is no ${name} with the character U+0000`);
    return part;
  }

  value(name: string): unknown {
    return this.#values[name];
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    if (typeof value === 'string') return withoutNul(name, value);
    throw new InputError('invalid-value', `${name} is a text`);
  }

  needed(name: string): string {
    const text = this.text(name);
    if (text === undefined || text === '') throw new InputError('invalid-value', `${name} is missing`);
    return text;
  }

  texts(name: string): string[] | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((each) => typeof each === 'string'))
      return value.map((each) => withoutNul(name, each));
    throw new InputError('invalid-value', `${name} is a list of texts`);
  }

  /** Words with spaces between. */
  words(name: string): string[] | undefined {
    return this.text(name)
      ?.split(' ')
      .filter((word) => word !== '');
  }

  number(name: string): number | undefined {
    const value = this.#values[name];
    if (value === undefined || typeof value === 'number') return value;
    throw new InputError('invalid-value', `${name} is a number`);
  }

  /** Null requests removing the value. */
  textOrNull(name: string): string | null | undefined {
    return this.#values[name] === null ? null : this.text(name);
  }

  /** Undefined when it is not said. */
  givenFlag(name: string): boolean | undefined {
    return this.#values[name] === undefined ? undefined : this.flag(name);
  }

  flag(name: string): boolean {
    const value = this.#values[name] ?? false;
    if (typeof value === 'boolean') return value;
    throw new InputError('invalid-value', `${name} is true or false`);
  }

  environment(): EnvironmentName {
    return asEnvironment(this.text('environment') ?? 'playground');
  }

  /** One of the words, if given. */
  oneOf<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const text = this.text(name);
    const word = words.find((one) => one === text);
    if (text === undefined || word !== undefined) return word;
    throw new InputError('invalid-value', `${name}: "${text}" is not one of ${words.join(', ')}`);
  }

  environmentIn(part: string): EnvironmentName {
    return asEnvironment(this.part(part));
  }

  /** Returns the requested page of a list. */
  page(): { count: number | undefined; after: string | undefined } {
    const [count, after] = [this.text('count'), this.text('after')];
    return { count: count === undefined ? undefined : Number(count), after };
  }
}

function asEnvironment(text: string): EnvironmentName {
  if (text === 'playground' || text === 'production') return text;
  throw new InputError('invalid-value', `There is no environment "${text}": playground or production`);
}

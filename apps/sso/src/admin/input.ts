import type { Environment } from '../store/clients.ts';
import { AdminError } from './admin-error.ts';

/** What an act was given: parts of the path, and the query or the body. Reading fails with a sentence for who called. */
export class Input {
  readonly #parts: Readonly<Record<string, string>>;
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(parts: Readonly<Record<string, string>>, values: Readonly<Record<string, unknown>>) {
    this.#parts = parts;
    this.#values = values;
  }

  part(name: string): string {
    return this.#parts[name] ?? '';
  }

  value(name: string): unknown {
    return this.#values[name];
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    if (value === undefined || typeof value === 'string') return value;
    throw new AdminError(400, `${name} is a text`);
  }

  needed(name: string): string {
    const text = this.text(name);
    if (text === undefined || text === '') throw new AdminError(400, `${name} is missing`);
    return text;
  }

  texts(name: string): string[] | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
    throw new AdminError(400, `${name} is a list of texts`);
  }

  flag(name: string): boolean {
    const value = this.#values[name] ?? false;
    if (typeof value === 'boolean') return value;
    throw new AdminError(400, `${name} is true or false`);
  }

  environment(): Environment {
    return asEnvironment(this.text('environment') ?? 'playground');
  }

  environmentIn(part: string): Environment {
    return asEnvironment(this.part(part));
  }

  /** Whether one of the texts has what is searched for. */
  matches(...texts: string[]): boolean {
    const asked = this.text('q')?.trim().toLowerCase() ?? '';
    return texts.some((text) => text.toLowerCase().includes(asked));
  }

  /** One page of a list, which is in the order of its keys' creation. */
  page<Item>(items: readonly Item[], keyOf: (item: Item) => string): { page: Item[]; next: { next?: string } } {
    const count = Number(this.text('count') ?? 50);
    if (!Number.isInteger(count) || count < 1 || count > 500) throw new AdminError(400, 'count is from 1 to 500');
    const after = this.text('after');
    const start = after === undefined ? 0 : items.findIndex((item) => keyOf(item) === after) + 1;
    if (after !== undefined && start === 0) throw new AdminError(400, `after: "${after}" is not in the list`);
    const page = items.slice(start, start + count);
    const last = page.at(-1);
    return { page, next: last !== undefined && start + count < items.length ? { next: keyOf(last) } : {} };
  }
}

function asEnvironment(text: string): Environment {
  if (text === 'playground' || text === 'production') return text;
  throw new AdminError(400, `There is no environment "${text}": playground or production`);
}

/** Expressions over published examples, by a grammar and by chance. */
import { compile } from '@dhp/fhirpath';
import { examples, type Json } from '../../../packages/fhirpath/test/published.ts';
import { randomSource, type Random } from '../../random.ts';
import { flat, grammar, type Sort } from './grammar.ts';

export interface Made {
  readonly resource: Json;
  readonly expression: string;
}

/** A place of a resource, as FHIRPath names it, with the first value there. */
interface Place {
  readonly path: string;
  readonly value: unknown;
}

/** Expressions that are made of one resource: to read one takes an engine longer than to evaluate an expression. */
const eachResource = 25;
const mostDepth = 6;
const mostPlaces = 400;
const mostLength = 300;
const words = new Set(['contains', 'in', 'is', 'as', 'and', 'or', 'xor', 'div', 'mod', 'implies']);

/** The same seed makes the same expressions. */
export function* madeExpressions(seed: number, count: number): Generator<Made> {
  const resources = [...examples(17, seed % 17)].filter((one) => {
    const { length } = JSON.stringify(one);
    return length > 300 && length < 12_000;
  });
  for (let n = 0; n < count; n += 1) {
    const resource = randomSource(seed, -1 - Math.floor(n / eachResource)).pick(resources);
    yield { resource, expression: expressionOver(placesOf(resource), randomSource(seed, n)) };
  }
}

function expressionOver(places: readonly Place[], random: Random): string {
  for (;;) {
    const made = new Maker(places, random).expand('any', 0);
    if (made.length <= mostLength) return made;
  }
}

class Maker {
  readonly #places: readonly Place[];
  readonly #random: Random;

  constructor(places: readonly Place[], random: Random) {
    this.#places = places;
    this.#random = random;
  }

  /** @param depth of what is made within what */
  expand(sort: Sort, depth: number): string {
    const all: readonly string[] = (depth < mostDepth ? undefined : flat[sort]) ?? grammar[sort];
    return this.#random.pick(all).replace(/<(\w+)>/g, (_, name: string) => {
      if (Object.hasOwn(grammar, name)) return this.expand(name as Sort, depth + 1);
      return name === 'sample' ? this.#sample() : this.#path(name);
    });
  }

  #path(kind: string): string {
    const fits = fitting[kind];
    if (fits === undefined) throw new Error(`the grammar has <${kind}>, and nothing makes it`);
    const found = this.#places.filter(({ value }) => fits(value));
    return found.length === 0 ? '{}' : this.#random.pick(found).path + (this.#random.oneIn(6) ? '.first()' : '');
  }

  /** A part of a text of the resource, in quotes. */
  #sample(): string {
    const texts = this.#places.flatMap(({ value }) => (typeof value === 'string' ? [value] : []));
    const text = texts.length === 0 ? 'a' : this.#random.pick(texts);
    const from = this.#random.below(text.length);
    const part = text.slice(from, from + 1 + this.#random.below(5)).replace(/[^\x20-\x7e]/g, '');
    return `'${part.replace(/[\\'`]/g, (one) => `\\${one}`)}'`;
  }
}

const fitting: Readonly<Record<string, (value: unknown) => boolean>> = {
  path: () => true,
  textPath: (value) => typeof value === 'string',
  numberPath: (value) => typeof value === 'number',
  truthPath: (value) => typeof value === 'boolean',
  // Instants are no dates to the engine of HL7.
  datePath: (value) => typeof value === 'string' && /^\d{4}(-\d\d(-\d\d)?)?$/.test(value),
  objectPath: (value) => typeof value === 'object',
};

/** The places of a resource, four members deep; of a list, those of its first item. */
function placesOf(resource: Json): Place[] {
  const places: Place[] = [];
  const walk = (value: unknown, path: string, depth: number): void => {
    if (depth > 4 || places.length >= mostPlaces) return;
    if (Array.isArray(value)) {
      if (value.length > 0) walk(value[0], path, depth);
      return;
    }
    places.push({ path, value });
    if (value === null || typeof value !== 'object') return;
    for (const [name, member] of Object.entries(value)) {
      if (name === 'resourceType' || name === 'contained' || name === 'div' || name.startsWith('_')) continue;
      const step = stepOf(path, name);
      if (step !== undefined) walk(member, `${path}.${step}`, depth + 1);
    }
  };
  walk(resource, resource['resourceType'] as string, 0);
  return places;
}

/** The name of a member in FHIRPath: that of a choice has no type behind it. */
function stepOf(path: string, name: string): string | undefined {
  for (const step of [name, name.replace(/[A-Z][A-Za-z0-9]*$/, ''), name.replace(/[A-Z][a-z0-9]+$/, '')]) {
    const written = words.has(step) ? `\`${step}\`` : step;
    try {
      compile(`${path}.${written}`, { strict: true });
      return written;
    } catch {
      // There is no such element; perhaps a shorter name is one.
    }
  }
  return undefined;
}

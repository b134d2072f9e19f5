/**
 * Names that every JavaScript object has (`constructor`, `toString`, `__proto__` …), wherever a client can send a name: as a member, as a
 * value, and in languages within values (narratives, expressions, addresses, units). Nothing fails, and no code mistakes one of them for a
 * known name.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openOffline } from '../apps/dhp/src/validation/offline.ts';
import type { JsonResource } from '@dhp/fhir-search';
import { jsonToXml, XmlFault } from '@dhp/fhir-xml';
import { indexRow, indexValues } from '@dhp/search-index/rows';
import { published, skipExamples, type Json } from '../packages/fhir-validation/test/published.ts';
import { randomSource, type Random } from './random.ts';
import { inTurn, isFull } from './sample.ts';

const names = [...Object.getOwnPropertyNames(Object.prototype), 'prototype', 'length', 'then'];

/** A place in a resource: the object or list that holds it, and its name or index there. */
interface Place {
  readonly holder: Record<string, unknown>;
  readonly name: string;
}

function placesIn(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found;
  const holder = value as Record<string, unknown>;
  for (const name of Object.keys(holder)) {
    if (name !== 'resourceType') found.push({ holder, name });
    placesIn(holder[name], found);
  }
  return found;
}

/** An assignment would set the prototype if the name is `__proto__`. */
function set(holder: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true });
}

/** A text in which one word, tag or attribute has become the name. */
function within(text: string, name: string, random: Random): string {
  if (text.startsWith('<div')) {
    const tags = text.replaceAll(/<(\/?)(?:p|b|td|tr|table|li|ul|span)\b/g, `<$1${name}`);
    return random.pick([
      tags,
      text.replaceAll(/ (?:class|style|id|href|src)=/g, ` ${name}=`),
      text.replace('>', `>&${name};`),
    ]);
  }
  const words = text.match(/[\w-]+/g) ?? [];
  return words.length === 0 || random.oneIn(4) ? name : text.replace(random.pick(words), name);
}

/** Puts a name into a resource, and returns the place. */
function spoil(resource: Json, random: Random): string {
  const { holder, name: at } = random.pick(placesIn(resource));
  const name = random.pick(names);
  const value = holder[at];
  if (typeof value === 'string' && !random.oneIn(4)) {
    holder[at] = within(value, name, random);
    return `${at}: ${String(holder[at]).slice(0, 80)}`;
  }
  if (!Array.isArray(holder)) {
    if (random.oneIn(2)) Reflect.deleteProperty(holder, at);
    set(holder, random.pick([name, `_${name}`]), random.pick([value, 'x', 1, {}, [], [{}], { [name]: 1 }]));
  }
  return `${at} is ${name}`;
}

describe('a name that every object has', { skip: skipExamples }, () => {
  it('stands for nothing in a resource, wherever it is', async () => {
    const { validator } = await openOffline({ packages: [], nationalRules: true, vitalSigns: true });
    const failed: string[] = [];
    let made = 0;
    const attempt = (what: string, act: () => unknown): void => {
      try {
        act();
      } catch (error) {
        if (!(error instanceof XmlFault)) failed.push(`${what}: ${String(error)}`);
      }
    };
    const ofEach = 6;
    const places = inTurn([...Array(ofEach).keys()], 3);
    let before = 0;
    for (const { file, resource } of published('examples', '', 3)) {
      const text = JSON.stringify(resource);
      if (text.length > 30_000) continue;
      for (const n of places) {
        made += 1;
        const spoilt = JSON.parse(text) as Json;
        const where = `${file}, ${spoil(spoilt, randomSource(20_261_201, before + n + 1))}`;
        attempt(`validation of ${where}`, () => validator.validate(JSON.parse(JSON.stringify(spoilt))));
        attempt(`index of ${where}`, () => [indexRow, indexValues].map((act) => act(spoilt as JsonResource)));
        attempt(`XML of ${where}`, () => jsonToXml(JSON.stringify(spoilt)));
      }
      before += ofEach;
    }
    assert.ok(made > (isFull ? 3_000 : 1_000), String(made));
    assert.deepEqual(failed.slice(0, 10), [], `${failed.length} of ${made}`);
  });
});

/** Changes that turn a good document into a bad one or into another good one. */
import type { Random } from '../../../../tests/random.ts';

type Json = Record<string, unknown>;

const strange: readonly unknown[] = [
  ...[null, true, false, 0, -0, -1.5, 1e308, 1e-308, 2 ** 53, '', ' ', 'x', [], {}, [[]], [null], [{}]],
  ...['\uFFFD', '\ud800', '\u0000', '\u202e', 'ж', '🜲', 'x'.repeat(5_000), '%', '*', '#', '?', '/', '$', '_', '|', ','],
  ...[
    'Patient/1',
    'Patient?identifier=1',
    'Patient/1/_history/1',
    'urn:uuid:',
    'urn:oid:1',
    'http://',
    'https://x.y/z',
  ],
  ...['2026', '2026-13-45', '0000', '9999-12-31T23:59:59.999999999Z', '2026-11-25T24:00:00+15:00', '-1', '1e5', 'NaN'],
  ...[
    { reference: 'Patient/1' },
    { reference: 5 },
    { resourceType: 'Patient' },
    { resourceType: 'Bundle', entry: [{}] },
  ],
  ...['<div xmlns="http://www.w3.org/1999/xhtml"><a href="', 'W/"1"', 'GET', '__proto__', 'constructor', 'toString'],
];

interface Place {
  readonly holder: Json;
  readonly key: string;
}

function placesIn(document: unknown): Place[] {
  const places: Place[] = [];
  const open: unknown[] = [document];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    for (const key of Object.keys(value)) {
      places.push({ holder: value as Json, key });
      open.push((value as Json)[key]);
    }
  }
  return places;
}

/** Returns a changed copy: some values are removed, replaced, moved, repeated, nested or renamed. */
export function mutated(document: object, random: Random): Json {
  const copy = structuredClone(document) as Json;
  const places = placesIn(copy);
  for (let n = random.below(4); n > 0 && places.length > 0; n -= 1) change(random.pick(places), places, random);
  return copy;
}

function change({ holder, key }: Place, places: readonly Place[], random: Random): void {
  const value = holder[key];
  switch (random.below(9)) {
    case 0:
      Reflect.deleteProperty(holder, key);
      break;
    case 1:
      holder[key] = [value];
      break;
    case 2:
      holder[key] = Array.isArray(value) ? (value[0] as unknown) : { value };
      break;
    case 3:
      if (Array.isArray(value)) value.push(...(value as unknown[]).slice(0, 50));
      else holder[`_${key}`] = { extension: [{ url: 'urn:x', valueString: 'x' }] };
      break;
    case 4: {
      const other = random.pick(places);
      const taken = other.holder[other.key];
      // A copy, because the other value may contain this place and would make a cycle.
      if (typeof taken !== 'object' || taken === null) holder[key] = taken;
      else holder[key] = structuredClone(taken);
      break;
    }
    case 5:
      holder[`${key}x`] = value;
      Reflect.deleteProperty(holder, key);
      break;
    case 6:
      holder[key] = typeof value === 'string' ? textChanged(value, random) : random.pick(strange);
      break;
    default:
      holder[key] = structuredClone(random.pick(strange));
  }
}

function textChanged(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const inserted = random.pick(['\u0000', '\ud83d', '"', '\\', '<', '&', ' ', 'é', '%00', '\n', text]);
  return text.slice(0, at) + inserted + text.slice(random.oneIn(2) ? at : at + 1);
}

/** The text of a document, sometimes damaged: cut off, bytes changed, a key twice, nested very deeply. */
export function textOf(document: object, random: Random): Buffer {
  const text = JSON.stringify(document);
  if (!random.oneIn(6)) return Buffer.from(text);
  const bytes = Buffer.from(text);
  switch (random.below(6)) {
    case 0:
      return bytes.subarray(0, random.below(bytes.length + 1));
    case 1:
      return Buffer.from(text.replace('{', '{"resourceType":"Patient","resourceType":"Basic",'));
    case 2: {
      const depth = random.pick([100, 600, 10_000]);
      return Buffer.from(`{"resourceType":"Basic","extension":${'['.repeat(depth)}${']'.repeat(depth)}}`);
    }
    case 3:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
    case 4:
      return Buffer.from(text.replace(/\d+/, () => random.pick(['1e999', '01', '-', '1.', '0x1', 'NaN'])));
    default:
      for (let n = 1 + random.below(3); n > 0 && bytes.length > 0; n -= 1) {
        bytes[random.below(bytes.length)] = random.pick([0, 9, 34, 44, 58, 91, 92, 123, 125, 128, 237, 255]);
      }
      return bytes;
  }
}

/** Returns a text for a path, a query or a header, mostly unchanged. */
export function sometimesOther(text: string, others: readonly string[], random: Random): string {
  return random.oneIn(6) ? random.pick(others) : text;
}

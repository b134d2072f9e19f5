import assert from 'node:assert/strict';
import type { JsonResource } from '@dhp/fhir-search';
import {
  type Condition,
  type Interval,
  type Limits,
  quantityConditions,
  type SearchQuery,
  type TextMatch,
} from '../src/index.ts';
import { hash64, keyOf, longTextKey, referenceText } from '../src/keys.ts';
import { type IndexOptions, indexRow, type IndexRow, referencesOf } from '../src/rows.ts';

/** A current resource as the naive oracle of searches has it: with its rows, in memory. */
export interface Kept {
  readonly type: string;
  readonly id: string;
  readonly resource: JsonResource;
  readonly row: IndexRow;
  /** ms since 1970. */
  readonly lastUpdated: number;
}

/** @throws when a resource has no id; its `meta.lastUpdated` counts, else the epoch */
export function keep(resources: readonly JsonResource[], options: IndexOptions = {}): Kept[] {
  return resources.map((resource) => {
    const { resourceType: type, id, meta } = resource;
    assert.ok(typeof id === 'string', 'a resource that is kept has an id');
    const updated = (meta as { lastUpdated?: string } | undefined)?.lastUpdated;
    const lastUpdated = updated === undefined ? 0 : Date.parse(updated);
    return { type, id, resource, row: indexRow(resource, options), lastUpdated };
  });
}

/** Returns the matches of a search, as `Type/id`, by the types of its branches and in the order of the resources. */
export function found(query: Pick<SearchQuery, 'branches'>, all: readonly Kept[]): string[] {
  return query.branches.flatMap(({ type, where }) =>
    all.filter((one) => one.type === type && matches(one, where, all)).map(({ id }) => `${type}/${id}`),
  );
}

/** Whether a resource meets a condition, by the words of `condition.ts` and nothing else. */
export function matches(one: Kept, condition: Condition, all: readonly Kept[]): boolean {
  const { row } = one;
  switch (condition.op) {
    case 'all':
      return condition.of.every((part) => matches(one, part, all));
    case 'any':
      return condition.of.some((part) => matches(one, part, all));
    case 'not':
      return !matches(one, condition.of, all);
    case 'keys': {
      const byKeys = condition.any.some((key) => row.keys.includes(key));
      if (condition.postings !== undefined) {
        const byPostings = condition.postings.some(({ key, system }) =>
          row.postings.some((posting) => posting.key === key && (system === undefined || posting.system === system)),
        );
        assert.equal(byPostings, byKeys, 'postings find what keys find');
      }
      return byKeys;
    }
    case 'present':
      return ((row.present >> BigInt(condition.bit)) & 1n) === 1n;
    case 'term':
      return row.words.some(
        ({ parameter, key, text }) =>
          parameter === condition.parameter &&
          row.keys.includes(key) &&
          textMatches(condition.ignoreCase === true ? text.toLowerCase() : text, condition.match, condition.text),
      );
    case 'number':
      return row.numbers.some(({ key, low, high }) => key === condition.key && within(condition.interval, low, high));
    case 'quantity': {
      const { seed, units = seed } = condition;
      const words = all.flatMap(({ row }) => row.words.filter(({ parameter }) => parameter === units));
      const asked = quantityConditions(condition, words);
      const isFound = matches(one, asked, all);
      if (isFound) assert.ok(isPosted(one, condition, asked.of, all), 'postings lead to what values find');
      return isFound;
    }
    case 'repetition':
      return repetitionsOf(row).some((number) =>
        condition.of.every((part) => matches({ ...one, row: only(row, number) }, part, all)),
      );
    case 'string': {
      const { key: own, match, text: asked } = condition;
      const keys = match === 'contains' || match === 'ends' ? [own, longTextKey(own)] : [own];
      return row.strings.some(({ key, text }) => keys.includes(key) && textMatches(text, match, asked));
    }
    case 'date': {
      const dates =
        condition.key === 'main'
          ? row.mainDate === undefined
            ? []
            : [row.mainDate]
          : row.dates.filter(({ key }) => key === condition.key);
      return dates.some(({ low, high }) => within(condition.interval, low, high));
    }
    case 'last-updated':
      return within(condition.interval, one.lastUpdated, one.lastUpdated);
    case 'id':
      return condition.any.includes(one.id);
    case 'patient':
      return [...row.patients, ...(one.type === 'Patient' ? [one.id] : [])].some((id) =>
        condition.any.includes(hash64(referenceText('Patient', id))),
      );
    case 'refers':
      return all.some(
        (other) =>
          other.type === condition.type &&
          condition.seeds.some((seed) => row.keys.includes(keyOf(seed, referenceText(other.type, other.id)))) &&
          matches(other, condition.where, all),
      );
    case 'referred':
      return all.some(
        (other) =>
          other.type === condition.type &&
          condition.seeds.some((seed) => other.row.keys.includes(keyOf(seed, referenceText(one.type, one.id)))) &&
          matches(other, condition.where, all),
      );
    case 'near':
      return isNear(row, condition);
    case 'full-text':
      return hasWords(one.resource, condition.in, condition.query);
    case 'version':
      return referencesOf(one.resource, [condition.parameter]).some(
        ({ url, version }) =>
          url === condition.url &&
          version !== undefined &&
          (version === condition.version || version.startsWith(`${condition.version}.`)),
      );
    case 'boundary':
      throw new Error('what a boundary has within it only the database tells');
    case 'cared':
    case 'consented':
      throw new Error('what consents refuse only the database tells');
    case 'labelled':
    case 'unlabelled':
      throw new Error('which labels there are only the database tells');
  }
}

/** Numbers of repetitions that a row may tell of. */
function repetitionsOf({ keys, numbers, dates, strings }: IndexRow): number[] {
  return Array.from({ length: keys.length + numbers.length + dates.length + strings.length }, (_, index) => index + 1);
}

/** The row as one repetition of its composites has it, under the keys that are the same in each. */
function only(row: IndexRow, repetition: number): IndexRow {
  const mark = BigInt(repetition);
  return {
    ...row,
    keys: row.keys.map((key) => key ^ mark),
    numbers: row.numbers.map((number) => ({ ...number, key: number.key ^ mark, posted: true })),
    dates: row.dates.map((date) => ({ ...date, key: date.key ^ mark })),
    strings: row.strings.map((string) => ({ ...string, key: string.key ^ mark })),
  };
}

/** Whether any number that is posted leads a search for the quantity to the resource. */
function isPosted(
  { row }: Kept,
  { seed, posted }: Extract<Condition, { op: 'quantity' }>,
  asked: ReturnType<typeof quantityConditions>['of'],
  all: readonly Kept[],
): boolean {
  const keysFor = ({ key, text }: (typeof asked)[number]): readonly bigint[] => {
    if (posted === undefined) return [key];
    if ('seed' in posted) return [key ^ seed ^ posted.seed];
    return all.flatMap(({ row: { words } }) =>
      words.flatMap((word) => (word.parameter === posted.words && word.text === text ? [word.key] : [])),
    );
  };
  return asked.some((each) => {
    const keys = new Set(keysFor(each));
    return row.numbers.some(
      ({ key, low, high, posted: leads }) => leads && keys.has(key) && within(each.interval, low, high),
    );
  });
}

function within({ low: lowest, high: highest }: Interval, low: number, high: number): boolean {
  return holds(lowest, low) && holds(highest, high);
}

function holds({ gt, ge, lt, le }: Limits = {}, value: number): boolean {
  return (
    (gt === undefined || value > gt) &&
    (ge === undefined || value >= ge) &&
    (lt === undefined || value < lt) &&
    (le === undefined || value <= le)
  );
}

function textMatches(text: string, match: TextMatch, asked: string): boolean {
  // The order of UTF-8 is that of code points; that of JavaScript's strings is not.
  const order = () => Buffer.compare(Buffer.from(text), Buffer.from(asked));
  switch (match) {
    case 'starts':
      return text.startsWith(asked);
    case 'contains':
      return text.includes(asked);
    case 'equals':
      return text === asked;
    case 'ends':
      return text.endsWith(asked);
    case 'gt':
      return order() > 0;
    case 'ge':
      return order() >= 0;
    case 'lt':
      return order() < 0;
    case 'le':
      return order() <= 0;
  }
}

const earthRadius = 6_371_008.8;

/** Distance by the haversine formula, on a sphere with the mean radius of the earth, in metres. */
function isNear(row: IndexRow, near: Extract<Condition, { op: 'near' }>): boolean {
  const latitudes = row.numbers.filter(({ key }) => key === near.latitudeKey);
  const longitudes = row.numbers.filter(({ key }) => key === near.longitudeKey);
  const radians = Math.PI / 180;
  return latitudes.some(({ low: latitude }) =>
    longitudes.some(({ low: longitude }) => {
      const a =
        Math.sin(((latitude - near.latitude) * radians) / 2) ** 2 +
        Math.cos(latitude * radians) *
          Math.cos(near.latitude * radians) *
          Math.sin(((longitude - near.longitude) * radians) / 2) ** 2;
      return 2 * earthRadius * Math.asin(Math.min(1, Math.sqrt(a))) <= near.metres;
    }),
  );
}

/**
 * In the language of websearch_to_tsquery: any of the parts between `or`, in which all words and "phrases" must occur, except those with a
 * minus.
 */
function hasWords(resource: JsonResource, where: 'narrative' | 'sections' | 'content', query: string): boolean {
  assert.notEqual(where, 'sections', 'no random search is about sections');
  const { div = '' } = (resource.text ?? {}) as { div?: string };
  const words = wordsOf(where === 'narrative' ? div.replaceAll(/<[^>]*>/g, ' ') : JSON.stringify(resource));
  const terms = [...query.matchAll(/(-?)(?:"([^"]*)"|(\S+))/g)];
  let holds = true;
  for (const [, minus, phrase, word] of terms) {
    if (phrase === undefined && word === 'or') {
      if (holds) return true;
      holds = true;
    } else if (words.includes(wordsOf(phrase ?? word!)) === (minus === '-')) holds = false;
  }
  return holds;
}

/** The words with a space on either side of each, so that phrases are parts of them. */
function wordsOf(text: string): string {
  return ` ${(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(' ')} `;
}

import { normaliseString } from '@dhp/name-scripts';
import { exactTexts, hash64, isPresent, keyOf, referenceSeed, seedOf, presentParameters } from '../../src/keys.ts';
import type { IndexRow } from '../../src/rows.ts';
import type { Fact } from './facts.ts';

/** The rows of an index row as texts, so that they can be compared as sets. */
export class RowTexts {
  readonly texts = new Set<string>();

  static of(row: IndexRow): RowTexts {
    const rows = new RowTexts();
    for (const key of row.keys) rows.key(key);
    for (const { key, system } of row.postings) rows.add('posting', key, system);
    for (const code of presentParameters(row.present)) rows.add('present', code);
    for (const { key, low, high, posted } of row.numbers) rows.number(key, low, high, posted);
    for (const { key, low, high } of row.dates) rows.add('date', key, low, high);
    for (const { key, text } of row.strings) {
      if (key !== exactTexts) rows.add('string', key, text);
      else for (const name of text.trim().split(' ')) rows.add('exact', name);
    }
    for (const { key, parameter, text } of row.words) rows.add('word', key, parameter, text);
    if (row.mainDate !== undefined) rows.add('main date', row.mainDate.low, row.mainDate.high);
    return rows;
  }

  key(key: bigint): void {
    this.add('key', key);
  }

  /** No key but where nothing else is found by the text: one of spaces or marks alone. */
  exact(key: bigint, normalised: string): void {
    if (normalised === '') this.key(key);
    else this.add('exact', BigInt.asUintN(64, key).toString(32));
  }

  /** `posted`: and a search is led there. */
  number(key: bigint, low: number, high: number, posted = true): void {
    this.add('number', key, low, high);
    if (posted) this.add('posted', key, low, high);
  }

  add(...parts: readonly (bigint | number | string)[]): void {
    this.texts.add(parts.join(' '));
  }
}

export interface Parameter {
  readonly type: string;
  readonly code: string;
  readonly isPosted: boolean;
  readonly isMainDate: boolean;
  /** Whether all values of a token have the same system, which no row tells. */
  readonly hasOneSystem: boolean;
}

const systemHash = (system: string | undefined) => Number(BigInt.asIntN(32, hash64(system ?? '')));
const cut = (text: string) => text.slice(0, 256);
const end = '\uffff';

/** A text under its key; for a long one its pieces, each under a key of the previous ones, and windows under a separate key. */
function expectString(rows: RowTexts, key: bigint, text: string): void {
  let under = key;
  let start = 0;
  let piece = '';
  const rest = Array.from(text);
  do {
    while (rest.length > 0 && piece.length + rest[0]!.length <= 256) piece += rest.shift()!;
    rows.add('string', under, piece + (rest.length > 0 ? end : ''));
    under ^= hash64(`${start}:${piece}`) ^ (start === 0 ? hash64('long text') : 0n);
    start += piece.length;
    piece = '';
  } while (rest.length > 0);
  for (const window of windows(text)) rows.add('string', key ^ hash64('long text'), window);
}

function windows(text: string): string[] {
  const starts =
    text.length > 256 ? Array.from({ length: Math.max(1, Math.ceil(text.length / 256) - 1) }, (_, n) => n * 256) : [];
  const whole = (place: number) => ((text.codePointAt(place - 1) ?? 0) > 0xff_ff ? place - 1 : place);
  return starts.map((start) => text.slice(whole(start), whole(start + 512)) + (start + 512 < text.length ? end : ''));
}

/** Adds the rows that a fact must have. */
export function expectRows(
  rows: RowTexts,
  { type, code: name, isPosted, isMainDate, hasOneSystem }: Parameter,
  fact: Fact,
): void {
  const seed = seedOf(type, name);
  const word = (form: 'text', text: string) => {
    const parameter = seedOf(type, name, form);
    rows.key(keyOf(parameter, text));
    rows.add('word', keyOf(parameter, text), parameter, text);
  };
  switch (fact.kind) {
    case 'token': {
      const { system, code, sorted } = fact;
      rows.key(keyOf(seed, code));
      if (system !== undefined && !hasOneSystem) rows.key(keyOf(seed, `${system}|${code}`));
      if (sorted) rows.add('word', keyOf(seed, code), seed, cut(code));
      if (isPosted) rows.add('posting', keyOf(seed, code), systemHash(system));
      break;
    }
    case 'system':
      if (!hasOneSystem) rows.key(keyOf(seed, `${fact.system}|`));
      break;
    case 'text':
      word('text', cut(normaliseString(fact.text)));
      for (const window of windows(normaliseString(fact.text))) {
        const parameter = seedOf(type, name, 'text') ^ hash64('long text');
        rows.key(keyOf(parameter, window));
        rows.add('word', keyOf(parameter, window), parameter, window);
      }
      break;
    case 'typed':
      rows.key(keyOf(seedOf(type, name, 'of-type'), fact.text));
      break;
    case 'reference':
      rows.key(keyOf(referenceSeed(type, name), fact.text));
      break;
    case 'identifier': {
      const identifier = seedOf(type, name, 'identifier');
      rows.key(keyOf(identifier, fact.value));
      rows.key(keyOf(identifier, `${fact.system}|${fact.value}`));
      if (fact.system !== '') rows.key(keyOf(identifier, `${fact.system}|`));
      break;
    }
    case 'string':
      rows.exact(keyOf(seedOf(type, name, 'exact'), fact.text), normaliseString(fact.text));
      expectString(rows, seed, normaliseString(fact.text));
      break;
    case 'uri':
      rows.key(keyOf(seed, fact.text));
      expectString(rows, seed, fact.text);
      break;
    case 'date':
      if (isMainDate) rows.add('main date', fact.low, fact.high);
      else rows.add('date', seed, fact.low, fact.high);
      break;
    case 'number':
      rows.number(seed, fact.low, fact.high);
      break;
    case 'quantity':
      expectQuantity(
        rows,
        seed,
        fact,
        quantitiesBesideCodes.every(({ quantity }) => `${type}.${name}` !== quantity),
      );
      break;
  }
}

/** Quantities that are posted with a code, and the composites of both; those of the whole resource need no row of the system. */
const quantitiesBesideCodes = [
  { quantity: 'Observation.value-quantity', composite: 'Observation.code-value-quantity', whole: true },
  {
    quantity: 'Observation.component-value-quantity',
    composite: 'Observation.component-code-value-quantity',
    whole: false,
  },
];

type QuantityFact = Extract<Fact, { kind: 'quantity' }>;

/** A composite of a code and a quantity: posted under the code alone. */
function expectBesideCode(
  rows: RowTexts,
  { type, code }: Parameter,
  whole: boolean,
  [codes, quantities]: readonly [readonly Fact[], readonly Fact[]],
): void {
  const posted = postedSeed(`${type}.${code}`);
  for (const fact of codes) {
    if (fact.kind !== 'token') continue;
    for (const quantity of quantities) {
      if (quantity.kind !== 'quantity') continue;
      expectPosted(rows, posted, fact.code, quantity);
      const { low, high, unit } = quantity;
      if (whole || fact.system === undefined) continue;
      const key = keyOf(seedOf(type, code), `${fact.system}|${fact.code}`);
      rows.number(keyOf(key, JSON.stringify(unit)), low, high, false);
    }
  }
}

function postedSeed(composite: string): bigint {
  const [type, code] = quantitiesBesideCodes.find((one) => one.composite === composite)!.quantity.split('.');
  return seedOf(type!, code!, 'posted');
}

function expectPosted(rows: RowTexts, posted: bigint, code: string, { low, high, unit }: QuantityFact): void {
  const text = JSON.stringify(unit);
  rows.number(keyOf(keyOf(posted, code), text), low, high);
  rows.add('word', keyOf(keyOf(posted, code), text), posted, text);
}

/** Quantities that no composite posts: they are beside no code. */
export function expectCodeless(
  rows: RowTexts,
  said: readonly {
    readonly parameter: { readonly code: string };
    readonly facts: readonly Fact[];
    readonly tuples: readonly (readonly (readonly Fact[])[])[];
  }[],
  type: string,
): void {
  for (const { quantity, composite } of quantitiesBesideCodes) {
    const of = (name: string) => said.find(({ parameter }) => `${type}.${parameter.code}` === name);
    const beside = (of(composite)?.tuples ?? []).filter(([codes]) => codes!.some(({ kind }) => kind === 'token'));
    const known = new Set(beside.flatMap(([, quantities]) => quantities!.map((fact) => JSON.stringify(fact))));
    for (const fact of of(quantity)?.facts ?? []) {
      if (fact.kind !== 'quantity' || known.has(JSON.stringify(fact))) continue;
      expectPosted(rows, postedSeed(composite), '|', fact);
    }
  }
}

/** A bit or a key. */
export function expectPresence(rows: RowTexts, type: string, code: string): void {
  const present = isPresent(type, code);
  if (present.op === 'present') rows.add('present', code);
  else rows.key(seedOf(type, code, 'present'));
}

function expectQuantity(rows: RowTexts, seed: bigint, { low, high, unit }: QuantityFact, posted = true): void {
  const text = JSON.stringify(unit);
  rows.number(keyOf(seed, text), low, high, posted);
  rows.add('word', keyOf(seed, text), seed, text);
}

/** Adds the rows of one repetition of a composite: the facts of each part. */
export function expectComposite(
  rows: RowTexts,
  parameter: Parameter,
  parts: readonly (readonly Fact[])[],
  repetition: number,
): void {
  const { type, code } = parameter;
  const besides = quantitiesBesideCodes.find(({ composite }) => composite === `${type}.${code}`);
  if (besides !== undefined) {
    expectBesideCode(rows, parameter, besides.whole, [parts[0]!, parts[1]!]);
    return;
  }
  const seed = seedOf(type, code);
  const isMeasured = (facts: readonly Fact[]) => facts.some(({ kind }) => /^(date|number|quantity|string)$/.test(kind));
  const measured = parts.flatMap((facts, part) => (isMeasured(facts) ? [{ facts, part }] : []));
  if (measured.length === 2) {
    for (const { facts, part } of measured) expectCompared(rows, keyOf(seed, `${part + 1}:`), facts, repetition + 1);
    return;
  }
  let keys = [seed];
  for (const [part, facts] of parts.entries()) {
    if (isMeasured(facts)) continue;
    const forms = facts.flatMap(formsOf).map((form) => (part === 0 ? form : `${part + 1}:${form}`));
    keys = keys.flatMap((key) => forms.map((form) => keyOf(key, form)));
  }
  for (const key of keys) {
    if (measured[0] === undefined) rows.key(key);
    else expectMeasured(rows, key, measured[0].facts);
  }
}

/** Rows that lead to the resource, and, under keys that are combined with the number of the repetition, where it stands. */
function expectCompared(rows: RowTexts, key: bigint, facts: readonly Fact[], repetition: number): void {
  expectMeasured(rows, key, facts);
  for (const fact of facts) {
    if (fact.kind !== 'quantity')
      throw new Error(`R5 has no composite of several parts of which one is a ${fact.kind}`);
    rows.number(keyOf(key, JSON.stringify(fact.unit)) ^ BigInt(repetition), fact.low, fact.high, false);
  }
}

function formsOf(fact: Fact): string[] {
  if (fact.kind === 'token')
    return fact.system === undefined ? [fact.code] : [fact.code, `${fact.system}|${fact.code}`];
  return fact.kind === 'reference' || fact.kind === 'uri' ? [fact.text] : [];
}

function expectMeasured(rows: RowTexts, key: bigint, facts: readonly Fact[]): void {
  for (const fact of facts) {
    if (fact.kind === 'quantity') expectQuantity(rows, key, fact);
    else if (fact.kind === 'date') rows.add('date', key, fact.low, fact.high);
    else if (fact.kind === 'number') rows.number(key, fact.low, fact.high);
    else if (fact.kind === 'string') expectString(rows, key, normaliseString(fact.text));
  }
}

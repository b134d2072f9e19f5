import type { Condition, PostedUnder } from '../condition/condition.ts';
import { quantityConditions } from '../types/quantity/units.ts';
import { hash64 } from '../keys/hash.ts';
import { referenceText } from '../keys/keys.ts';
import { compartmentSeeds } from '../row-condition/compartment-seeds.ts';
import type { FullText } from '../full-text/full-text.ts';
import {
  all,
  any,
  isNothing,
  not,
  nothing,
  type Join,
  type NumberKeys,
  type RowCondition,
} from '../row-condition/row-condition.ts';
import type { Terms } from '../row-condition/terms.ts';
import { LackingDefinition, type Lacks } from '../condition/lacking-definition.ts';
import type { CutTexts, TextCondition } from './cut-texts.ts';

/** Questions to the database while a condition is resolved. */
export interface Lookups {
  readonly words: Terms;
  readonly fullText: FullText;
  readonly lacks: Lacks | undefined;
  /** Of stored resources alone. @throws LackingDefinition */
  cutTexts(type: string, condition: TextCondition): Promise<CutTexts>;
  /** The same where contained resources can meet the condition, too. */
  cutTextsBesideContained(type: string, condition: TextCondition): Promise<CutTexts>;
  /** Own hashes of the resources of a type that meet a condition; undefined when they are many, or not quickly found. */
  few(type: string, where: RowCondition): Promise<Ends | undefined>;
  /** Returns the own hashes of the resources of `target` to which such resources refer by a seed; undefined under the same conditions. */
  fewReferred(join: Join, target: string): Promise<readonly bigint[] | undefined>;
}

/** Resources at the end of a chain. */
interface Ends {
  /** Own hashes of stored resources. */
  readonly stored: readonly bigint[];
  /** Keys of contained ones. */
  readonly contained: readonly bigint[];
}

/**
 * A condition on resources of a type in terms of search rows: words and units are looked up, and so are the ends of chains if they are few.
 */
export async function resolve(type: string, condition: Condition, lookups: Lookups): Promise<RowCondition> {
  const nested = (each: Condition): Promise<RowCondition> => resolve(type, each, lookups);
  switch (condition.op) {
    case 'all':
      return all(await each(type, condition.of, lookups));
    case 'any':
      return any(await each(type, condition.of, lookups));
    case 'not':
      return not(await nested(condition.of));
    case 'repetition': {
      assertAnswers(lookups, condition);
      const of = await each(type, condition.of, ofRepetition(lookups));
      return of.some(isNothing) ? nothing : { ...condition, of };
    }
    case 'term':
    case 'string':
      return condition.text.includes(neverStored) ? nothing : text(type, condition, lookups);
    case 'quantity':
      return quantity(condition, lookups);
    case 'refers':
      return chain(type, condition, await resolve(condition.type, condition.where, ofContainedToo(lookups)), lookups);
    case 'referred':
      return reverseChain(type, condition, await resolve(condition.type, condition.where, lookups), lookups);
    case 'full-text':
      return { ...condition, made: await lookups.fullText.wanted(type) };
    case 'id':
    case 'keys':
    case 'patient':
    case 'number':
    case 'present':
    case 'date':
    case 'last-updated':
    case 'near':
    case 'boundary':
    case 'version':
    case 'cared':
    case 'consented':
    case 'labelled':
    case 'unlabelled':
      return plain(type, condition);
  }
}

/** The same if nothing has to be looked up; undefined otherwise. */
export function resolvedAtOnce(type: string, condition: Condition): RowCondition | undefined {
  if (isPlain(condition)) return plain(type, condition);
  if (condition.op !== 'all') return undefined;
  const of: RowCondition[] = [];
  for (const each of condition.of) {
    const found = resolvedAtOnce(type, each);
    if (found === undefined) return undefined;
    of.push(found);
  }
  return all(of);
}

/** By the rows, and for resources whose rows have only the start of a text by their bodies. @throws LackingDefinition */
async function text(type: string, condition: TextCondition, lookups: Lookups): Promise<RowCondition> {
  const isLacking = lookups.lacks?.(condition, []) === true;
  const { all: cut, matching } = isLacking ? await lookups.cutTexts(type, condition) : noCutTexts;
  const byRows = condition.op === 'string' ? condition : await words(condition, lookups);
  if (cut.length === 0) return byRows;
  return any([all([byRows, not(ownAmong(cut))]), ownAmong(matching)]);
}

const noCutTexts: CutTexts = { all: [], matching: [] };

async function words(condition: Extract<Condition, { op: 'term' }>, { words: terms }: Lookups): Promise<RowCondition> {
  const keys = await terms.matching(condition);
  return keys.length === 0 ? nothing : { op: 'keys', any: keys, expect: 'some' };
}

/** For conditions that contained resources can meet as well, for which there is no key. */
export function ofContainedToo(lookups: Lookups): Lookups {
  return { ...lookups, cutTexts: (type, condition) => lookups.cutTextsBesideContained(type, condition) };
}

/** No bodies are read for one repetition of a composite. */
function ofRepetition(lookups: Lookups): Lookups {
  return { ...lookups, cutTexts: () => Promise.reject(new LackingDefinition()) };
}

/** Several conditions: most need no look-up, and are returned at once. */
function each(
  type: string,
  conditions: readonly Condition[],
  lookups: Lookups,
): RowCondition[] | Promise<RowCondition[]> {
  if (conditions.every(isPlain)) return conditions.map((condition) => plain(type, condition));
  return Promise.all(conditions.map((condition) => resolve(type, condition, lookups)));
}

/** Conditions that apply directly to search rows. */
type Plain = Extract<Condition, { op: (typeof plainOps)[number] }>;

const plainOps = [
  'id',
  'keys',
  'patient',
  'number',
  'present',
  'date',
  'last-updated',
  'near',
  'boundary',
  'version',
  'cared',
  'consented',
  'labelled',
  'unlabelled',
] as const;

const arePlain: ReadonlySet<string> = new Set(plainOps);

function isPlain(condition: Condition): condition is Plain {
  return arePlain.has(condition.op);
}

function plain(type: string, condition: Plain): RowCondition {
  switch (condition.op) {
    case 'id':
      return ownAmong(condition.any.map((id) => hash64(referenceText(type, id))));
    case 'keys':
    case 'patient':
      return condition.any.length === 0 ? nothing : condition;
    case 'number':
      return ofKey(condition);
    case 'present':
    case 'date':
    case 'last-updated':
    case 'near':
    case 'boundary':
    case 'version':
    case 'cared':
    case 'consented':
    case 'labelled':
    case 'unlabelled':
      return condition;
  }
}

type OfNumber = Extract<Condition, { op: 'number' }>;

function ofKey({ key, interval }: OfNumber): RowCondition {
  return { op: 'number', keys: [key], interval };
}

type OfQuantity = Extract<Condition, { op: 'quantity' }>;

async function quantity(condition: OfQuantity, lookups: Lookups): Promise<RowCondition> {
  const { seed, interval, unit, units = seed, posted } = condition;
  if (unit === undefined && units === seed) {
    const under = posted !== undefined && 'words' in posted ? { posted: postedOf(seed, posted) } : {};
    return { op: 'number', keys: { unitsOf: seed }, interval, ...under };
  }
  const inUse = await lookups.words.of(units);
  const texts = inUse.map(({ text }) => text);
  assertAnswers(lookups, condition, texts);
  return ofUnits(condition, quantityConditions(condition, inUse).of);
}

function postedOf(seed: bigint, { words, beside }: Extract<PostedUnder, { words: bigint }>): NumberKeys {
  return beside === undefined ? { unitsOf: words } : { unitsOf: seed, moved: beside };
}

/** @throws LackingDefinition */
function assertAnswers({ lacks }: Lookups, condition: Condition, units: readonly string[] = []): void {
  if (lacks?.(condition, units) === true) throw new LackingDefinition();
}

/** Units with the same limits are searched together: most of them are one unit under several keys. */
function ofUnits({ seed, posted }: OfQuantity, conditions: ReturnType<typeof quantityConditions>['of']): RowCondition {
  const byLimits = Map.groupBy(conditions, ({ interval }) => JSON.stringify(interval));
  return any(
    [...byLimits.values()].map((group): RowCondition => {
      const { interval } = group[0]!;
      const keys = group.map(({ key }) => key);
      if (posted === undefined) return { op: 'number', keys, interval };
      const moved = 'words' in posted ? posted.beside : [seed ^ posted.seed];
      const under: NumberKeys =
        moved === undefined && 'words' in posted
          ? { unitsOf: posted.words, texts: group.map(({ text }) => text) }
          : keys.flatMap((key) => moved!.map((each) => key ^ each));
      return { op: 'number', keys, interval, posted: under };
    }),
  );
}

/** A character that no text of the database has, and that it takes in no question. */
const neverStored = '\0';

function ownAmong(own: readonly bigint[]): RowCondition {
  return own.length === 0 ? nothing : { op: 'own', any: own };
}

async function chain(
  _type: string,
  { seeds, type }: Extract<Condition, { op: 'refers' }>,
  where: RowCondition,
  lookups: Lookups,
): Promise<RowCondition> {
  if (isNothing(where) || seeds.length === 0) return nothing;
  const targets = await lookups.few(type, where);
  if (targets === undefined) return { op: 'refers', seeds, type, where };
  const leadingTo = (hashes: readonly bigint[]): RowCondition =>
    hashes.length === 0
      ? nothing
      : { op: 'keys', any: seeds.flatMap((seed) => hashes.map((hash) => seed ^ hash)), expect: 'some' };
  const { stored, contained } = targets;
  const within = type === 'Patient' && stored.length > 0 && seeds.every((seed) => compartmentSeeds().has(seed));
  if (!within) return leadingTo([...stored, ...contained]);
  return any([all([leadingTo(stored), { op: 'patient', any: stored }]), leadingTo(contained)]);
}

async function reverseChain(
  target: string,
  { seeds, type }: Extract<Condition, { op: 'referred' }>,
  where: RowCondition,
  lookups: Lookups,
): Promise<RowCondition> {
  if (isNothing(where) || seeds.length === 0) return nothing;
  const join: Join = { op: 'referred', seeds, type, where };
  const found = await lookups.fewReferred(join, target);
  return found === undefined ? join : ownAmong(found);
}

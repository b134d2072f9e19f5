import type { Condition, Interval, KeysCondition } from '../condition/condition.ts';

/** Conditions that are the same for a row as for a resource. */
type AsItIs = Extract<
  Condition,
  | { op: 'present' | 'string' | 'date' | 'last-updated' | 'patient' | 'near' | 'boundary' | 'version' }
  | { op: 'cared' | 'consented' | 'labelled' | 'unlabelled' }
>;

/**
 * A condition on one row of fhir.search: terms and units have been looked up, the rules of the caller are part of it at every resource, and
 * each chain over few resources has become a test of their keys.
 */
export type RowCondition =
  | { readonly op: 'all'; readonly of: readonly RowCondition[] }
  | { readonly op: 'any'; readonly of: readonly RowCondition[] }
  | { readonly op: 'not'; readonly of: RowCondition }
  /** Hashes of `Type/<id>`. */
  | { readonly op: 'own'; readonly any: readonly bigint[] }
  | KeysCondition
  | AsItIs
  /** `made`: for the searched type, all versions older than this transaction have an entry, on one server. */
  | (Extract<Condition, { op: 'full-text' }> & { readonly made?: { readonly since: string; readonly server: string } })
  /** A number under one of the keys. */
  | {
      readonly op: 'number';
      readonly keys: NumberKeys;
      readonly interval: Interval;
      /** The keys of its postings, if different: postings found there may belong to another parameter. */
      readonly posted?: NumberKeys;
    }
  /** All of them in one repetition of a composite: of keys, numbers, strings and dates, or any or all of some such. */
  | { readonly op: 'repetition'; readonly most: number; readonly of: readonly RowCondition[] }
  | Join
  /** It contains a resource of the type that meets the condition. */
  | { readonly op: 'holds'; readonly type: string; readonly where: RowCondition };

/**
 * Keys of numbers: some, or those of every unit (or of some) that quantities of a parameter have, which the statement itself looks up; `moved`: each
 * of them changed by each of these differences.
 */
export type NumberKeys =
  | readonly bigint[]
  | { readonly unitsOf: bigint; readonly texts?: readonly string[]; readonly moved?: readonly bigint[] };

export interface Join {
  readonly op: 'refers' | 'referred';
  readonly seeds: readonly bigint[];
  readonly type: string;
  readonly where: RowCondition;
}

export const everything: RowCondition = { op: 'all', of: [] };
export const nothing: RowCondition = { op: 'any', of: [] };

export function isEverything(condition: RowCondition): boolean {
  return condition.op === 'all' && condition.of.length === 0;
}

export function isNothing(condition: RowCondition): boolean {
  return condition.op === 'any' && condition.of.length === 0;
}

/** All of them, without nesting and redundant conditions. */
export function all(conditions: readonly RowCondition[]): RowCondition {
  const flat = conditions.flatMap((condition) => (condition.op === 'all' ? condition.of : [condition]));
  if (flat.some(isNothing)) return nothing;
  return flat.length === 1 ? flat[0]! : { op: 'all', of: flat };
}

/** At least one of them, without nesting and redundant conditions. */
export function any(conditions: readonly RowCondition[]): RowCondition {
  const flat = conditions.flatMap((condition) => (condition.op === 'any' ? condition.of : [condition]));
  if (flat.some(isEverything)) return everything;
  return flat.length === 1 ? flat[0]! : { op: 'any', of: flat };
}

export function not(condition: RowCondition): RowCondition {
  if (isEverything(condition)) return nothing;
  if (isNothing(condition)) return everything;
  return condition.op === 'not' ? condition.of : { op: 'not', of: condition };
}

/** Number of conditions that it consists of. */
export function sizeOf(condition: RowCondition): number {
  switch (condition.op) {
    case 'all':
    case 'any':
    case 'repetition':
      return condition.of.reduce((size, part) => size + sizeOf(part), 1);
    case 'not':
      return sizeOf(condition.of);
    case 'refers':
    case 'referred':
    case 'holds':
      return 1 + sizeOf(condition.where);
    case 'boundary':
    case 'cared':
    case 'consented':
    case 'labelled':
    case 'unlabelled':
    case 'date':
    case 'full-text':
    case 'keys':
    case 'last-updated':
    case 'near':
    case 'number':
    case 'own':
    case 'patient':
    case 'present':
    case 'string':
    case 'version':
      return 1;
  }
}

/**
 * Whether each candidate may lead along many paths, whose number is not known before: to everything that refers to it, or further beyond
 * its references.
 */
export function leadsAlongMany(condition: RowCondition, isWithin = false): boolean {
  switch (condition.op) {
    case 'all':
    case 'any':
    case 'repetition':
      return condition.of.some((each) => leadsAlongMany(each, isWithin));
    case 'not':
      return leadsAlongMany(condition.of, isWithin);
    case 'referred':
      return true;
    case 'refers':
      return isWithin || leadsAlongMany(condition.where, true);
    case 'holds':
      return leadsAlongMany(condition.where, isWithin);
    case 'boundary':
    case 'cared':
    case 'consented':
    case 'labelled':
    case 'unlabelled':
    case 'date':
    case 'full-text':
    case 'keys':
    case 'last-updated':
    case 'near':
    case 'number':
    case 'own':
    case 'patient':
    case 'present':
    case 'string':
    case 'version':
      return false;
  }
}

/** Whether it depends on rows of other resources than the tested one, in any shard: each node has all contained ones. */
export function asksOthers(condition: RowCondition): boolean {
  switch (condition.op) {
    case 'all':
    case 'any':
    case 'repetition':
      return condition.of.some(asksOthers);
    case 'not':
      return asksOthers(condition.of);
    case 'holds':
      return asksOthers(condition.where);
    case 'refers':
    case 'referred':
    case 'cared':
    case 'consented':
      return true;
    case 'boundary':
    case 'labelled':
    case 'unlabelled':
    case 'date':
    case 'full-text':
    case 'keys':
    case 'last-updated':
    case 'near':
    case 'number':
    case 'own':
    case 'patient':
    case 'present':
    case 'string':
    case 'version':
      return false;
  }
}

/** The conditions that must all hold. */
export function conjuncts(condition: RowCondition): readonly RowCondition[] {
  return condition.op === 'all' ? condition.of : [condition];
}

/** The condition, with its patients passed to the conditions on consents. */
export function amongPatients(condition: RowCondition): RowCondition {
  if (condition.op !== 'all') return condition;
  const among = condition.of.find((each) => each.op === 'patient')?.any;
  if (among === undefined) return condition;
  const of = condition.of.map((each) => (each.op === 'consented' && each.of === 'record' ? { ...each, among } : each));
  return { op: 'all', of };
}

/** The condition for rows of contained resources: they have no labels of their own, and their ids may be those of stored resources with labels. */
export function ofContainedRows(condition: RowCondition): RowCondition {
  const { op } = condition;
  if (op === 'all') return all(condition.of.map(ofContainedRows));
  if (op === 'any') return any(condition.of.map(ofContainedRows));
  if (op === 'not') return { op, of: ofContainedRows(condition.of) };
  if (op === 'unlabelled') return everything;
  return op === 'labelled' ? nothing : condition;
}

/**
 * Whether rows of contained resources can decide it: they lack times of change, full text, references to them, and whether a stored
 * resource of the same id is meant.
 */
export function isOfContained(condition: RowCondition): boolean {
  switch (condition.op) {
    case 'all':
    case 'any':
    case 'repetition':
      return condition.of.every(isOfContained);
    case 'not':
      return isOfContained(condition.of);
    case 'own':
    case 'last-updated':
    case 'version':
    case 'full-text':
    case 'referred':
    case 'holds':
      return false;
    case 'cared':
    case 'consented':
    case 'labelled':
    case 'unlabelled':
    case 'keys':
    case 'present':
    case 'patient':
    case 'number':
    case 'string':
    case 'date':
    case 'near':
    case 'boundary':
    case 'refers':
      return true;
  }
}

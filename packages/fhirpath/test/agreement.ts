import { isSubtype } from '@dhp/fhir-model';
import { invariantsFor, occurrences } from './occurrences.ts';
import { askOracle, askOurs, sameTypes, type Outcome, type Place } from './oracle.ts';
import { searchParameters, type Invariant, type Json } from './published.ts';

/** How one expression fared against the reference engine. */
export interface Tally {
  readonly name: string;
  readonly expression: string;
  same: number;
  /** Evaluations with a result that is not empty (for an invariant: other than true), so that agreement is significant. */
  telling: number;
  bothRefuse: number;
  oracleRefuses: number;
  weRefuse: number;
  differ: number;
  /** The first disagreement of each kind. */
  readonly samples: string[];
}

export type Tallies = Map<string, Tally>;

function tallyOf(tallies: Tallies, name: string, expression: string): Tally {
  let tally = tallies.get(`${name} ${expression}`);
  if (tally === undefined) {
    tally = {
      name,
      expression,
      same: 0,
      telling: 0,
      bothRefuse: 0,
      oracleRefuses: 0,
      weRefuse: 0,
      differ: 0,
      samples: [],
    };
    tallies.set(`${name} ${expression}`, tally);
  }
  return tally;
}

function note(tally: Tally, ours: Outcome, oracle: Outcome, where: string, dull: string): void {
  const comparable = 'values' in ours && 'values' in oracle;
  if (comparable && ours.values === oracle.values && sameTypes(ours.types, oracle.types)) {
    tally.same++;
    if (ours.values !== dull) tally.telling++;
    return;
  }
  const kind =
    'error' in ours ? ('error' in oracle ? 'bothRefuse' : 'weRefuse') : 'error' in oracle ? 'oracleRefuses' : 'differ';
  if (tally[kind]++ > 0 || kind === 'bothRefuse') return;
  const shown = (outcome: Outcome) =>
    ('values' in outcome ? `${outcome.values} ${outcome.types.join()}` : `refused: ${outcome.error}`).slice(0, 300);
  tally.samples.push(`${where}: ours ${shown(ours)}; reference ${shown(oracle)}`);
}

const nameOf = (resource: Json) => `${String(resource['resourceType'])}/${String(resource['id'])}`;

/** Every search parameter on resources of its types. */
export function compareSearch(resources: Iterable<Json>): Tallies {
  const tallies: Tallies = new Map();
  const parameters = searchParameters().flatMap(({ code, base, expression }) =>
    expression === undefined ? [] : base.map((type) => ({ code, type, expression })),
  );
  for (const { code, type, expression } of parameters) tallyOf(tallies, `${type}.${code}`, expression);
  for (const resource of resources) {
    const type = resource['resourceType'] as string;
    const copy = structuredClone(resource);
    const place: Place = { type, resource, rootResource: resource };
    const oraclePlace: Place = { resource: copy, rootResource: copy };
    for (const parameter of parameters) {
      if (!isSubtype(type, parameter.type)) continue;
      const tally = tallyOf(tallies, `${parameter.type}.${parameter.code}`, parameter.expression);
      const ours = askOurs(resource, parameter.expression, 'SearchParameter', place);
      note(tally, ours, askOracle(copy, parameter.expression, oraclePlace), nameOf(resource), '[]');
    }
  }
  return tallies;
}

/** The strings that an expression names: values that decide something in it. */
const literalsIn = (expression: string): string[] => [...expression.matchAll(/'([^'\\]+)'/g)].map((match) => match[1]!);

/**
 * The element with one member left out, doubled, or changed to something the rule speaks of, and with the members of another
 * element of its type; examples as published break few rules.
 */
function mutants(value: unknown, seed: number, { expression }: Invariant, other: unknown): unknown[] {
  const literals = literalsIn(expression);
  const literal = literals[seed % Math.max(literals.length, 1)] ?? 'x';
  if (typeof value === 'string') return [`${value} `, literal, '*'];
  if (typeof value !== 'object' || value === null) return [];
  const object = value as Json;
  const keys = Object.keys(object).filter((key) => key !== 'resourceType');
  if (keys.length === 0) return [];
  const key = keys[seed % keys.length]!;
  const { [key]: chosen, ...without } = object;
  const found: unknown[] = [without];
  if (Array.isArray(chosen)) found.push({ ...object, [key]: [...(chosen as unknown[]), ...(chosen as unknown[])] });
  // The members that the rule names decide most: their codes become those in the rule.
  const named = keys.filter((name) => typeof object[name] === 'string' && new RegExp(`\\b${name}\\b`).test(expression));
  const changed = named[seed % Math.max(named.length, 1)] ?? key;
  if (typeof object[changed] === 'string') found.push({ ...object, [changed]: literal });
  if (typeof other === 'object' && other !== null) found.push({ ...(other as Json), ...object, id: undefined });
  return found.map((mutant) => JSON.parse(JSON.stringify(mutant)) as unknown);
}

/** All items, each once, in a scattered order: the first elements of every resource are not always met first. */
function* spread<T>(items: readonly T[]): Generator<T> {
  const prime = 7919;
  if (items.length % prime === 0) yield* items;
  else for (let i = 0; i < items.length; i++) yield items[(i * prime) % items.length]!;
}

/**
 * Every invariant on elements of resources, and on mutants of them: until it has met `most`, and at most `perResource` for one resource.
 */
export function compareInvariants(
  resources: Iterable<Json>,
  all: readonly Invariant[],
  most: number,
  perResource: number,
): Tallies {
  const tallies: Tallies = new Map();
  for (const { key, path, expression } of all) tallyOf(tallies, `${key} (${path})`, expression);
  const applicable = invariantsFor(all);
  const previous = new Map<string, unknown>();
  for (const resource of resources) {
    const met = new Map<Tally, number>();
    const copies = new Map<Json, Json>();
    const copyOf = (original: Json) => {
      let copy = copies.get(original);
      if (copy === undefined) copies.set(original, (copy = structuredClone(original)));
      return copy;
    };
    for (const occurrence of spread([...occurrences(resource)])) {
      const { value, type, path, sibling, resource: inner, rootResource } = occurrence;
      for (const invariant of applicable(occurrence)) {
        const tally = tallyOf(tallies, `${invariant.key} (${invariant.path})`, invariant.expression);
        const here = met.get(tally) ?? 0;
        const so = tally.same + tally.differ + tally.bothRefuse + tally.weRefuse + tally.oracleRefuses;
        // The reference engine cannot be given the id and extensions of a primitive fragment.
        if (here >= perResource || so >= most || sibling !== undefined) continue;
        met.set(tally, here + 1);
        const base = value === inner ? {} : { base: type };
        const ourPlace: Place = { type, sibling, resource: inner, rootResource };
        const oraclePlace: Place = { ...base, resource: copyOf(inner), rootResource: copyOf(rootResource) };
        for (const variant of [value, ...mutants(value, so, invariant, previous.get(type))]) {
          const ours = askOurs(variant, invariant.expression, 'Invariant', ourPlace);
          const oracle = askOracle(structuredClone(variant), invariant.expression, oraclePlace);
          note(tally, ours, oracle, `${nameOf(resource)} ${path}`, '[true]');
        }
      }
      previous.set(type, value);
    }
  }
  return tallies;
}

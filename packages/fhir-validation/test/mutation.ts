import { Validator, type Issue } from '../src/index.ts';
import { changes, mutantsOf, type Mutant } from './mutants.ts';
import { definitionsOf, MemoryCodes } from './memory-codes.ts';
import { nationalExamples, nationalResources } from './national.ts';
import { profileMutantsOf } from './profile-mutants.ts';
import { published, type Json } from './published.ts';

/** Counts of the mutants of one kind. */
export interface Tally {
  made: number;
  caught: number;
}

/** Results of the mutants of many resources. */
export interface MutationOutcome {
  readonly resources: number;
  readonly byKind: ReadonlyMap<string, Tally>;
  /** `file kind path` of mutants without an error at their place. */
  readonly missed: readonly string[];
}

const isError = ({ severity }: Issue) => severity === 'error' || severity === 'fatal';
const keyOf = ({ id, expression, values }: Issue): string => `${id} ${expression} ${JSON.stringify(values)}`;

/** Removes indexes and types of choices from an expression, so that it can be compared with JSON names. */
const plain = (expression: string): string => expression.replaceAll(/\.ofType\(\w+\)|\[(?:\d+|x)\]/g, '');

/** Whether a finding is at or below the changed object. `value` in an expression is `valueQuantity` in JSON. */
function isThere(issue: Issue, { path, resource }: Mutant): boolean {
  const place = [resource['resourceType'] as string, ...path.filter((step) => typeof step === 'string')];
  const found = plain(issue.expression).split('.');
  return place.every((step, i) => found[i] !== undefined && step.startsWith(found[i]));
}

/** Validates mutants and requires an error at the place of the fault that the original resource does not have. */
class Mutation {
  readonly byKind = new Map<string, Tally>();
  readonly missed: string[] = [];
  resources = 0;
  readonly #validator: Validator;

  constructor(validator: Validator) {
    this.#validator = validator;
  }

  count(kind: string): number {
    return this.byKind.get(kind)?.made ?? 0;
  }

  try(file: string, resource: Json, mutants: Iterable<Mutant>): void {
    this.resources += 1;
    const before = new Set(this.#validator.validate(resource).filter(isError).map(keyOf));
    for (const mutant of mutants) {
      const tally = this.byKind.get(mutant.kind) ?? { made: 0, caught: 0 };
      this.byKind.set(mutant.kind, tally);
      tally.made += 1;
      const found = this.#validator
        .validate(mutant.resource)
        .filter((issue) => isError(issue) && !before.has(keyOf(issue)));
      if (found.some((issue) => isThere(issue, mutant))) tally.caught += 1;
      else this.missed.push(`${file} ${mutant.kind} ${[...mutant.path, mutant.member].join('.')}`);
    }
  }
}

/** Minimum number of mutants of each kind, even if few are taken of each example. */
const leastOfKind = 5;

/** Larger examples take long and find nothing new. */
const largest = 60_000;

/** Tests mutants of every `every`th published example against R5, about `most` of each example, evenly spread. */
export function mutatePublished(every: number, most: number): MutationOutcome {
  const mutation = new Mutation(new Validator({ unknownExtensions: 'ignore' }));
  for (const { file, resource } of published('examples', '', every)) {
    if (JSON.stringify(resource).length > largest) continue;
    const step = Math.max(1, Math.floor(countOf(resource) / most));
    const picked = mutantsOf(resource, (i, kind) => i % step === 0 || mutation.count(kind) < leastOfKind);
    mutation.try(file, resource, picked);
  }
  return mutation;
}

/** Tests mutants of the national examples: every `every`th against R5, and all against their profiles. */
export function mutateNational(every: number): { base: MutationOutcome; profiles: MutationOutcome } {
  const resources = [...nationalResources()];
  const definitions = definitionsOf(resources);
  const codes = new MemoryCodes(resources);
  const validator = new Validator({ codes, definitions, unknownExtensions: 'ignore' });
  const [base, profiles] = [new Mutation(validator), new Mutation(validator)];
  for (const { file, resource } of nationalExamples()) {
    base.try(
      file,
      resource,
      mutantsOf(resource, (i) => i % every === 0),
    );
    profiles.try(file, resource, profileMutantsOf(resource, definitions, codes));
  }
  return { base, profiles };
}

/** Returns the kinds of faults that were never produced. */
export function unmadeKinds({ byKind }: MutationOutcome): string[] {
  return Object.keys(changes).filter((kind) => !byKind.has(kind));
}

export function totalOf({ byKind }: MutationOutcome): Tally {
  const all = [...byKind.values()];
  const sum = (of: (tally: Tally) => number): number => all.reduce((total, one) => total + of(one), 0);
  return { made: sum(({ made }) => made), caught: sum(({ caught }) => caught) };
}

function countOf(resource: Json): number {
  let total = 0;
  for (const _ of mutantsOf(resource, (i) => ((total = i), false))) continue;
  return total;
}

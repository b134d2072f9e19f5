import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator, type Issue } from '../src/index.ts';
import { changes, mutantsOf, type Mutant } from './mutants.ts';
import { published, skipExamples, type Json } from './published.ts';

/** Of one example not more than this many, spread over it. */
const mostPerExample = 40;

/** Larger examples take long and show nothing new. */
const largest = 60_000;
/** Each kind is made this often at least. */
const leastOfKind = 5;

const isError = ({ severity }: Issue) => severity === 'error' || severity === 'fatal';

/** JSON members as an expression names them, without the types of choices and without indexes: what both have in common. */
function plain(expression: string): string {
  return expression.replaceAll(/\.ofType\(\w+\)|\[\d+\]/g, '');
}

/** Whether a finding is at the changed object or in it; `value` of an expression is `valueQuantity` in JSON. */
function isThere(issue: Issue, { path, resource }: Mutant): boolean {
  const place = [resource['resourceType'] as string, ...path.filter((step) => typeof step === 'string')];
  const found = plain(issue.expression).split('.');
  return place.every((step, i) => found[i] !== undefined && step.startsWith(found[i]));
}

describe('systematic mutants of the published examples', { skip: skipExamples }, () => {
  it('are all caught, at the place of the fault', () => {
    const validator = new Validator({ unknownExtensions: 'ignore' });
    const missed: string[] = [];
    const kinds = new Map<string, number>();
    let made = 0;
    for (const { file, resource } of published('examples', '', 12)) {
      if (JSON.stringify(resource).length > largest) continue;
      const before = new Set(validator.validate(resource).filter(isError).map(keyOf));
      const total = count(resource);
      const every = Math.max(1, Math.floor(total / mostPerExample));
      for (const mutant of mutantsOf(resource, (i, kind) => i % every === 0 || (kinds.get(kind) ?? 0) < leastOfKind)) {
        made += 1;
        kinds.set(mutant.kind, (kinds.get(mutant.kind) ?? 0) + 1);
        const found = validator
          .validate(mutant.resource)
          .filter((issue) => isError(issue) && !before.has(keyOf(issue)));
        if (!found.some((issue) => isThere(issue, mutant))) {
          missed.push(`${file} ${mutant.kind} ${mutant.path.join('.')}.${mutant.member}`);
        }
      }
    }
    assert.deepEqual(missed.slice(0, 20), [], `${missed.length} of ${made} missed`);
    assert.ok(made >= 4000, `${made} mutants`);
    assert.deepEqual(
      Object.keys(changes).filter((kind) => !kinds.has(kind)),
      [],
      'kinds that were never made',
    );
  });
});

const keyOf = ({ id, expression, values }: Issue): string => `${id} ${expression} ${JSON.stringify(values)}`;

function count(resource: Json): number {
  let total = 0;
  for (const _ of mutantsOf(resource, (i) => ((total = i), false))) continue;
  return total;
}

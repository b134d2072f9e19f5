/**
 * FHIRPath compared with the reference engine on data other than published examples: the synthetic population, and the national package
 * with its invariants. The published examples are compared in the package itself.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { population } from '@dhp/synthetic-population';
import { nationalExamples, nationalResources, skipNational } from '../packages/fhir-validation/test/national.ts';
import { compareInvariants, compareSearch, type Tallies } from '../packages/fhirpath/test/agreement.ts';
import { invariants } from '../packages/fhirpath/test/published.ts';
import { excuses } from '../packages/fhirpath/test/report.ts';

/** Every twentieth resource of a population: some of each type. */
function* sample(): Generator<Record<string, unknown>> {
  let n = 0;
  for (const resource of population({ patients: 60, seed: 5, today: '2026-06-30' })) {
    if (n % 20 === 0) yield { ...resource };
    n += 1;
  }
}

/** Fails with the first unexplained disagreement; counts evaluations, and those with a meaningful result. */
function agreed(tallies: Tallies): { same: number; telling: number } {
  let [same, telling] = [0, 0];
  for (const tally of tallies.values()) {
    same += tally.same;
    telling += tally.telling;
    const apart = tally.differ + tally.weRefuse + tally.oracleRefuses;
    assert.ok(
      apart === 0 || excuses.some(({ name }) => tally.name.startsWith(name)),
      `${tally.name} ${tally.expression}\n${tally.samples.join('\n')}`,
    );
  }
  return { same, telling };
}

test('search parameters and invariants of R5 agree on generated data', (t) => {
  const resources = [...sample()];
  const search = agreed(compareSearch(resources));
  const rules = agreed(compareInvariants(resources, invariants(), 40, 2));
  assert.ok(search.telling > 1000 && rules.telling > 100, JSON.stringify({ search, rules }));
  t.diagnostic(`${resources.length} resources; search ${JSON.stringify(search)}; invariants ${JSON.stringify(rules)}`);
});

test('the invariants of the national package agree on its examples', { skip: skipNational }, (t) => {
  const definitions = [...nationalResources()].filter(({ resourceType }) => resourceType === 'StructureDefinition');
  const own = invariants(definitions).filter(({ key }) => key.startsWith('uzcore-'));
  assert.ok(own.length >= 6, own.map(({ key }) => key).join());
  const resources = [...nationalExamples().map(({ resource }) => resource), ...sample()];
  const rules = agreed(compareInvariants(resources, own, 400, 4));
  assert.ok(rules.same > 100, JSON.stringify(rules));
  t.diagnostic(`${own.map(({ key }) => key).join(', ')}: ${JSON.stringify(rules)}`);
});

/** The synthetic population is valid data: it conforms to R5 and has national identifiers of the right form. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeIssue, Validator } from '@dhp/fhir-validation';
import { population } from '@dhp/synthetic-population';

test('the synthetic population conforms to R5', () => {
  const validator = new Validator({ unknownProfiles: 'ignore', nationalRules: true });
  let resources = 0;
  for (const resource of population({ patients: 25, seed: 3, today: '2026-06-30' })) {
    resources += 1;
    const errors = validator.validate(resource).filter(({ severity }) => severity === 'error' || severity === 'fatal');
    assert.deepEqual(
      errors.map((issue) => `${resource.id ?? ''} ${issue.expression}: ${describeIssue(issue)}`),
      [],
    );
  }
  assert.ok(resources > 1000, `${resources}`);
});

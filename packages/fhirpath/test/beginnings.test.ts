import assert from 'node:assert/strict';
import { it } from 'node:test';
import { compile } from '../src/index.ts';
import { examples, searchParameters } from './published.ts';

const skip = examples(1).next().done === true ? 'the package hl7.fhir.r5.examples is not installed' : false;

/** An expression for a type knows the members of which it needs one; the same one for any type must evaluate all of it. */
it('finds the same of a type as without knowing it, in every search parameter', { skip }, () => {
  const parameters = searchParameters().filter(({ expression }) => expression !== undefined);
  let [nothing, something] = [0, 0];
  for (const resource of examples(20)) {
    const type = resource['resourceType'] as string;
    const own = parameters.filter(({ base }) => base.some((of) => [type, 'Resource', 'DomainResource'].includes(of)));
    for (const { code, expression } of own) {
      const values = (path: ReturnType<typeof compile>): unknown[] => path.evaluate(resource).map(({ value }) => value);
      const found = values(compile(expression!, { context: 'SearchParameter', type }));
      assert.deepEqual(found, values(compile(expression!, { context: 'SearchParameter' })), `${type}.${code}`);
      if (found.length === 0) nothing += 1;
      else something += 1;
    }
  }
  assert.ok(nothing > 500 && something > 500, `${nothing} found nothing, ${something} something`);
});

it('finds what only one of several paths leads to, and values that have nothing but an extension', () => {
  const evaluate = (expression: string, resource: object): number =>
    compile(expression, { context: 'SearchParameter', type: 'Observation' }).evaluate(resource).length;
  const dated = 'Observation.effective.ofType(dateTime) | Observation.value.ofType(dateTime)';
  assert.equal(evaluate(dated, { resourceType: 'Observation', valueDateTime: '2026' }), 1);
  assert.equal(evaluate(dated, { resourceType: 'Observation', effectiveDateTime: '2026' }), 1);
  assert.equal(evaluate(dated, { resourceType: 'Observation', status: 'final' }), 0);
  const extension = { extension: [{ url: 'http://example.org/why', valueString: 'asked' }] };
  assert.equal(evaluate('Observation.status', { resourceType: 'Observation', _status: extension }), 1);
  // An expression that has a result for an empty input is evaluated.
  assert.equal(evaluate('Observation.status.exists()', { resourceType: 'Observation' }), 1);
  assert.equal(evaluate("Observation.status | 'none'", { resourceType: 'Observation' }), 1);
  assert.equal(evaluate('Observation', { resourceType: 'Observation' }), 1);
});

/** Checking a SearchParameter looks up each thing once, regardless of the number of components. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceTypes } from '@dhp/fhir-model';
import { ownParameters, type OwnParameters } from '@dhp/fhir-search/parameters';
import type { RuleContext } from '../src/access/guard-settings.ts';
import { Failure } from '../src/http/errors.ts';
import { searchParameterRule } from '../src/access/checked-parameters.ts';

test('the parameters of all types are gone through once for all components', async () => {
  let looked = 0;
  const none = ownParameters(0, []);
  const own: OwnParameters = {
    ...none,
    parametersOf: (type) => {
      looked += 1;
      return none.parametersOf(type);
    },
  };
  const context = { store: { searchParameters: () => Promise.resolve(own) } } as unknown as RuleContext;
  const resource = {
    resourceType: 'SearchParameter',
    ...{ url: 'http://example.uz/SearchParameter/composite', name: 'C', status: 'active', description: 'x' },
    ...{ code: 'composite', base: ['Observation'], type: 'composite', expression: 'Observation' },
    component: Array.from({ length: 50 }, (_, i) => ({
      definition: `http://example.uz/SearchParameter/none-${i}`,
      expression: 'code',
    })),
  };
  assert.equal(searchParameterRule.decidesBy, 'sent');
  const write = { kind: 'create', type: 'SearchParameter', resource } as const;
  const refused: unknown = await Promise.resolve(
    searchParameterRule.check(context, write, { isWritten: () => false, firstActive: () => undefined }),
  ).then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(refused instanceof Failure, String(refused));
  assert.ok(looked > 0 && looked <= resourceTypes.length, `${looked} times`);
});

/** What checking a SearchParameter looks up is looked up once, however many components it has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceTypes } from '@dhp/fhir-model';
import { ownParameters, type OwnParameters } from '@dhp/fhir-search';
import type { FhirStore } from '@dhp/fhir-store';
import { Failure } from '../src/http/errors.ts';
import { checkingSearchParameters } from '../src/search/checked-parameters.ts';

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
  const store = checkingSearchParameters({ searchParameters: () => Promise.resolve(own) } as unknown as FhirStore);
  const resource = {
    resourceType: 'SearchParameter',
    ...{ url: 'http://example.uz/SearchParameter/composite', name: 'C', status: 'active', description: 'x' },
    ...{ code: 'composite', base: ['Observation'], type: 'composite', expression: 'Observation' },
    component: Array.from({ length: 50 }, (_, i) => ({
      definition: `http://example.uz/SearchParameter/none-${i}`,
      expression: 'code',
    })),
  };
  const refused: unknown = await store
    .create({ type: 'SearchParameter', resource } as unknown as Parameters<FhirStore['create']>[0])
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  assert.ok(refused instanceof Failure, String(refused));
  assert.ok(looked > 0 && looked <= resourceTypes.length, `${looked} times`);
});

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { elementsOf, resourceTypes } from '@dhp/fhir-model';
import type { JsonResource } from '@dhp/fhir-search';
import { derivedParameters, mainDateParameter, searchParameter, searchParametersOf } from '@dhp/fhir-search/parameters';
import { postedParameters } from '../src/keys.ts';
import { indexValues } from '../src/rows.ts';
import type { IndexValue } from '../src/types/value.ts';

const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.examples/package.json')));

function* examples(): Generator<{ name: string; resource: JsonResource; values: readonly IndexValue[] }> {
  for (const name of readdirSync(folder)) {
    if (!/^[A-Z].*\.json$/.test(name)) continue;
    const resource = JSON.parse(readFileSync(join(folder, name), 'utf8')) as JsonResource;
    yield { name, resource, values: indexValues(resource) };
  }
}

describe('the tables of main dates, posted and derived parameters', () => {
  it('name search parameters of the type, of the right kind', () => {
    for (const type of resourceTypes) {
      const main = mainDateParameter(type);
      if (main !== undefined) assert.equal(searchParameter(type, main)?.type, 'date', `${type}.${main}`);
      for (const code of postedParameters(type)) {
        assert.equal(searchParameter(type, code)?.type, 'token', `${type}.${code}`);
      }
      for (const [code, parts] of derivedParameters(type)) {
        const kind = searchParameter(type, code)?.type;
        for (const part of parts) {
          assert.equal(searchParameter(type, part)?.type, kind, `${type}.${part}`);
          assert.ok(!derivedParameters(type).has(part), `${type}.${part} has rows`);
        }
        assert.ok(!postedParameters(type).has(code) && main !== code, `${type}.${code}`);
      }
    }
  });

  it('have main dates whose every element stands there once at most', () => {
    for (const type of resourceTypes) {
      const main = mainDateParameter(type);
      if (main === undefined) continue;
      const expression = searchParameter(type, main)!.expression!;
      // An expression that takes the first item has one value, whatever the elements.
      if (expression.includes('.first()')) continue;
      const own = expression
        .split('|')
        .map((branch) => /\(?\s*([\w.]+)/.exec(branch)![1]!.split('.'))
        .filter(([root]) => root === type);
      assert.ok(own.length > 0, `${type}.${main}`);
      for (const [, ...names] of own) {
        let at: string = type;
        for (const name of names.filter((part) => part !== 'ofType')) {
          const known = elementsOf(at)?.get(name);
          assert.equal(known?.max, 1, `${type}.${names.join('.')}`);
          at = known.types[0]!;
        }
      }
    }
  });

  it('hold on all published examples: one main date at most, and derived values are those of the others', (t) => {
    let [dated, derived] = [0, 0];
    for (const { name, resource, values } of examples()) {
      const { resourceType } = resource;
      const of = (codes: readonly string[]) =>
        values.filter(({ parameter }) => codes.includes(parameter)).map(({ value }) => JSON.stringify(value));
      const main = mainDateParameter(resourceType);
      if (main !== undefined) {
        const dates = of([main]);
        assert.ok(dates.length <= 1, `${name} ${main}`);
        dated += dates.length;
      }
      for (const [code, parts] of derivedParameters(resourceType)) {
        const found = new Set(of([code]));
        assert.deepEqual(found, new Set(of(parts)), `${name} ${code}`);
        if (found.size > 0) derived++;
      }
    }
    t.diagnostic(`${dated} main dates, ${derived} derived parameters with a value`);
    assert.ok(dated > 1000 && derived > 50);
  });

  it('leave without a main date only people and things that last', () => {
    const without = resourceTypes.filter((type) => {
      const dates = [...searchParametersOf(type).values()].filter((one) => one.type === 'date' && one.base === type);
      return dates.length > 0 && mainDateParameter(type) === undefined;
    });
    assert.deepEqual(without, [
      'Account',
      'Device',
      'Medication',
      'OrganizationAffiliation',
      'Patient',
      'Person',
      'Practitioner',
      'PractitionerRole',
      'RelatedPerson',
      'Substance',
    ]);
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { resourceTypes } from '@dhp/fhir-model';
import { compile } from '@dhp/fhirpath';
import { definitionsModule, encodeSearchParameters } from '../build/encode.ts';
import { outputFile } from '../build/generated.mjs';
import { errata } from '../src/parameters/errata.ts';
import { allSearchParameters, notIndexed, searchParameter, searchParametersOf } from '../src/parameters.ts';

describe('the search parameters of R5', () => {
  it('are those of hl7.fhir.r5.core', () => {
    const generated = readFileSync(outputFile, 'utf8').replace(/^.*\n/, '');
    assert.equal(generated, definitionsModule(), 'generate it anew');
    const all = allSearchParameters().filter(({ url }) => url.startsWith('http://hl7.org/fhir/SearchParameter/'));
    assert.equal(all.length, 1993);
    assert.equal(new Set(all.map(({ url }) => url)).size, 1244);
  });

  it('have an expression that compiles for each of their types, and say so where there is none', () => {
    for (const { base, code, expression, component, type } of allSearchParameters()) {
      if (expression !== undefined) assert.ok(compile(expression, { context: 'SearchParameter', type: base }));
      for (const part of component) assert.ok(compile(part.expression, { context: 'SearchParameter' }), code);
      assert.equal(component.length >= 2, type === 'composite', `${base}.${code}`);
    }
  });

  it('are found by type and code, inherited ones too', () => {
    const gender = searchParameter('Patient', 'gender');
    assert.equal(gender?.url, 'http://hl7.org/fhir/SearchParameter/individual-gender');
    assert.equal(gender.type, 'token');
    assert.deepEqual(searchParameter('Observation', 'patient')?.target, ['Patient']);
    assert.deepEqual(searchParameter('Observation', 'date')?.comparator.slice(0, 2), ['eq', 'ne']);
    assert.equal(searchParameter('Bundle', '_id')?.url, 'http://hl7.org/fhir/SearchParameter/Resource-id');
    assert.equal(searchParameter('Patient', '_text')?.base, 'DomainResource');
    assert.equal(searchParameter('Bundle', '_text')?.base, 'Resource');
    assert.equal(searchParameter('Patient', 'nosuch'), undefined);
    assert.equal(searchParametersOf('NoSuch').size, 0);
    // An example of the specification has the same code; the definition proper holds.
    assert.deepEqual(searchParameter('Condition', 'subject')?.target, ['Group', 'Patient']);
  });

  it('are joined by those of the platform, under canonicals of its own', () => {
    const own = allSearchParameters().filter(({ url }) => url.startsWith('urn:dhp:search-parameter:'));
    assert.deepEqual(
      own.map(({ base, code }) => `${base}.${code}`),
      ['Practitioner.qualification-code'],
    );
    assert.deepEqual(searchParameter('Practitioner', 'qualification-code'), own[0]);
  });

  it('have the expressions that the published definitions have lost', () => {
    const found = [...errata].map(([name, expression]) => {
      const [type, code] = name.split('.') as [string, string];
      const parameter = searchParameter(type, code);
      assert.equal(parameter?.expression, expression, name);
      const own = encodeSearchParameters().find((one) => one.code === code && one.base.includes(type));
      assert.ok(!own?.expression?.includes(`${type}.`), `${name} is no longer lost`);
      return name;
    });
    assert.equal(found.length, 5);
  });

  it('that no values are extracted for are these', () => {
    const everywhere = ['_content', '_filter', '_has', '_in', '_list', '_query', '_text', '_type'];
    const others: string[] = [];
    for (const type of resourceTypes) {
      const codes = [...notIndexed(type).keys()];
      assert.deepEqual(codes.filter((code) => code.startsWith('_')).sort(), everywhere, type);
      for (const [code, reason] of notIndexed(type))
        assert.doesNotMatch(reason, /no expression|has rules of its own/, code);
      others.push(...codes.filter((code) => !code.startsWith('_')).map((code) => `${type}.${code}`));
    }
    assert.deepEqual(others.sort(), [
      'Composition.section-code-text',
      'Composition.section-text',
      'Location.contains',
      'Location.near',
    ]);
  });
});

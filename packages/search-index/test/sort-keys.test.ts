import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resourceTypes } from '@dhp/fhir-model';
import { SearchFault, type SearchScope } from '@dhp/fhir-search';
import { searchParametersOf } from '@dhp/fhir-search/parameters';
import { conditionOf, understandSearch } from '../src/index.ts';
import { keyOf, seedOf } from '../src/keys.ts';
import { options, parametersOf } from './searching.ts';

const parsed = (scope: SearchScope, query: string) => understandSearch(scope, parametersOf(query), options);
const patient: SearchScope = { type: 'Patient' };
const observation: SearchScope = { type: 'Observation' };

describe('_sort', () => {
  const by = (scope: SearchScope, sort: string) => parsed(scope, `_sort=${sort}`).query.sort.map((key) => key.by);
  it('names parameters with their direction', () => {
    assert.deepEqual(parsed(observation, '_sort=status,-date,_id,-_lastUpdated').query.sort, [
      {
        by: {
          kind: 'word',
          parameter: seedOf('Observation', 'status'),
          present: { key: seedOf('Observation', 'status', 'present'), bit: 3 },
          posted: false,
        },
        descending: false,
      },
      { by: { kind: 'main-date' }, descending: true },
      { by: { kind: 'id' }, descending: false },
      { by: { kind: 'last-updated' }, descending: true },
    ]);
  });
  it('goes by what each type of parameter is kept as', () => {
    assert.deepEqual(by(patient, 'family,death-date,gender,identifier,organization,phone'), [
      { kind: 'string', key: seedOf('Patient', 'family') },
      { kind: 'date', key: seedOf('Patient', 'death-date') },
      {
        kind: 'word',
        parameter: seedOf('Patient', 'gender'),
        present: { key: seedOf('Patient', 'gender', 'present'), bit: 21 },
        posted: true,
      },
      { kind: 'json', paths: ['$."identifier"."value"[*]'] },
      {
        kind: 'reference',
        paths: ['$."managingOrganization"."reference"[*]'],
        refers: seedOf('Patient', 'organization'),
        present: { key: seedOf('Patient', 'organization', 'present'), bit: 34 },
        targets: ['Organization'],
        single: true,
      },
      { kind: 'json', paths: ['$."telecom" ? (@."system" == "phone")."value"[*]'] },
    ]);
    assert.deepEqual(by(observation, 'value-quantity,patient,code:text,combo-code'), [
      {
        kind: 'quantity',
        seed: seedOf('Observation', 'value-quantity'),
        posted: seedOf('Observation', 'value-quantity', 'posted'),
      },
      {
        kind: 'reference',
        paths: ['$."subject" ? (@."reference" like_regex "(^|/)Patient/[A-Za-z0-9.-]+")."reference"[*]'],
        refers: seedOf('Observation', 'subject'),
        present: { key: seedOf('Observation', 'patient', 'present'), bit: 8 },
        targets: ['Patient'],
        single: true,
      },
      {
        kind: 'word',
        parameter: seedOf('Observation', 'code', 'text'),
        present: { key: seedOf('Observation', 'code', 'present'), bit: 4 },
        posted: false,
      },
      { kind: 'json', paths: ['$."code"."coding"."code"[*]', '$."component"."code"."coding"."code"[*]'] },
    ]);
    assert.deepEqual(by({ type: 'RiskAssessment' }, 'probability'), [
      { kind: 'number', key: seedOf('RiskAssessment', 'probability') },
    ]);
    assert.deepEqual(by({ type: 'ConceptMap' }, 'source-scope-uri'), [
      { kind: 'string', key: seedOf('ConceptMap', 'source-scope-uri') },
    ]);
    assert.deepEqual(by({ type: 'Bundle' }, 'composition'), [
      { kind: 'json', paths: ['$."entry"[0]."resource" ? (@."resourceType" == "Composition")."id"[*]'] },
    ]);
    assert.deepEqual(by(patient, 'phonetic'), [{ kind: 'string', key: seedOf('Patient', 'name') }]);
  });
  it('of several types goes by what is the same in all', () => {
    const both: SearchScope = { types: ['Patient', 'Observation'] };
    assert.deepEqual(by(both, '_lastUpdated,_tag,identifier'), [
      { kind: 'last-updated' },
      { kind: 'json', paths: ['$."meta"."tag"."code"[*]'] },
      { kind: 'json', paths: ['$."identifier"."value"[*]'] },
    ]);
    assert.deepEqual(by({ types: ['Observation', 'Procedure'] }, '-date'), [{ kind: 'main-date' }]);
    assert.throws(() => parsed(both, '_sort=name'), SearchFault);
  });
  it('by score needs something that scores', () => {
    assert.deepEqual(parsed({ type: 'Location' }, '_sort=_score&near=1|1').query.sort, [
      { by: { kind: 'score' }, descending: false },
    ]);
    assert.throws(() => parsed(patient, '_sort=_score'), /better or worse/);
  });
  it('is possible by all parameters but those that have no single value', (t) => {
    const counts = { all: 0, sorted: 0 };
    for (const type of resourceTypes) {
      for (const parameter of searchParametersOf(type).values()) {
        // Membership has no order.
        if (parameter.type === 'special' || parameter.code === '_in') continue;
        counts.all += 1;
        try {
          parsed({ type }, `_sort=${parameter.code}`);
          counts.sorted += 1;
        } catch (error) {
          assert.ok(error instanceof SearchFault);
          assert.equal(error.problems[0]?.kind, 'not-supported');
          const excused =
            parameter.type === 'composite' ||
            parameter.expression === undefined ||
            // Two quantities in one, and elements that R5 has not.
            ['combo-value-quantity', 'value-canonical', 'component-value-canonical'].includes(parameter.code) ||
            ['Medication.form', 'ImagingStudy.reason', 'EvidenceVariable.topic'].includes(`${type}.${parameter.code}`);
          assert.ok(excused, `${type}.${parameter.code}: ${error.message}`);
        }
      }
    }
    t.diagnostic(`${counts.sorted} of ${counts.all} search parameters can be sorted by`);
    assert.ok(counts.sorted > 2900);
  });
});

describe('a search of several types', () => {
  it('asks of each type in its own terms', () => {
    const types = ['Patient', 'Observation', 'Encounter'];
    const { branches } = parsed({ types }, 'identifier=1').query;
    assert.deepEqual(
      branches.map(({ type, where }) => [type, where.op === 'keys' ? where.any : undefined]),
      types.map((type) => [type, [keyOf(seedOf(type, 'identifier'), '1')]]),
    );
  });
});

describe('conditionOf', () => {
  it('is the criteria alone', () => {
    const expected = parsed(patient, 'gender=male&name=a').query.branches[0]?.where;
    assert.deepEqual(conditionOf('Patient', parametersOf('gender=male&name=a'), options), expected);
    assert.deepEqual(conditionOf('Patient', [], options), { op: 'all', of: [] });
  });
});

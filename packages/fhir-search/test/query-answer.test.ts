import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resourceTypes } from '@dhp/fhir-model';
import {
  conditionOf,
  keyOf,
  parseSearch,
  SearchFault,
  searchParametersOf,
  seedOf,
  withLookups,
  type SearchScope,
} from '../src/index.ts';
import { options, parametersOf, refuses } from './searching.ts';

const parsed = (scope: SearchScope, query: string, more = {}) =>
  parseSearch(scope, parametersOf(query), { ...options, ...more });
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
      { kind: 'quantity', seed: seedOf('Observation', 'value-quantity') },
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

refuses('_sort: refusals', 'Patient', [
  ['_sort=nmae', ['unknown-parameter'], /"near":\["name"/],
  ['_sort=name:exact', ['unknown-modifier'], /:text/],
  ['_sort=name:text', ['bad-combination'], /token or a reference/],
  ['_sort=name&_sort=gender', ['bad-combination'], /once/],
  ['_sort=_has', ['not-supported']],
  ['_sort=_in', ['not-supported'], /membership/],
]);

describe('_include and _revinclude', () => {
  const includes = (scope: SearchScope, query: string) => parsed(scope, query).query.includes;
  const plain = { iterate: false };
  it('name a source, a parameter and perhaps a target', () => {
    assert.deepEqual(
      includes(observation, '_include=Observation:subject&_include=Observation:subject:Patient&_include=Observation:*'),
      [
        { direction: 'include', ...plain, source: 'Observation', parameter: 'subject' },
        { direction: 'include', ...plain, source: 'Observation', parameter: 'subject', target: 'Patient' },
        { direction: 'include', ...plain, source: 'Observation', parameter: '*' },
      ],
    );
    assert.deepEqual(includes(observation, '_include=*&_revinclude=*'), [
      { direction: 'include', ...plain, source: '*', parameter: '*' },
      { direction: 'revinclude', ...plain, source: '*', parameter: '*' },
    ]);
    assert.deepEqual(includes(patient, '_revinclude=Observation:patient&_revinclude=Provenance:target:Patient'), [
      { direction: 'revinclude', ...plain, source: 'Observation', parameter: 'patient' },
      { direction: 'revinclude', ...plain, source: 'Provenance', parameter: 'target', target: 'Patient' },
    ]);
  });
  it('are repeated on what is included by :iterate', () => {
    assert.deepEqual(includes(observation, '_include=Observation:patient&_include:iterate=Patient:link'), [
      { direction: 'include', ...plain, source: 'Observation', parameter: 'patient' },
      { direction: 'include', iterate: true, source: 'Patient', parameter: 'link' },
    ]);
  });
});

refuses('_include and _revinclude: refusals', 'Observation', [
  ['_include=subject', ['bad-value'], /Type:parameter/],
  ['_include=Observation:subject:Patient:x', ['bad-value']],
  ['_include=Observation:', ['bad-value']],
  ['_include=Observatio:subject', ['unknown-type'], /"near":\["Observation"/],
  ['_include=Observation:subjec', ['unknown-parameter'], /"near":\["subject"/],
  ['_include=Observation:code', ['bad-combination'], /reference/],
  ['_include=Observation:subject:Encounter', ['bad-combination'], /leads to/],
  ['_include=Observation:subject:Patint', ['unknown-type']],
  ['_include=Patient:link', ['bad-combination'], /_include:iterate/],
  ['_include:recurse=Observation:subject', ['unknown-modifier'], /:iterate/],
  ['_revinclude=Observation:patient', ['bad-combination'], /leads to Patient/],
  ['_revinclude=Provenance:target:Patient', ['bad-combination']],
  ['_include=Observation:subject&_summary=text', ['bad-combination'], /text alone/],
]);

describe('parameters of the answer', () => {
  it('are read and checked', () => {
    const query =
      '_count=0&_maxresults=5&_total=accurate&_summary=data&_contained=both&_containedType=contained&_score=true&_explain=true';
    assert.deepEqual(parsed(patient, query).result, {
      count: 0,
      maxResults: 5,
      total: 'accurate',
      summary: 'data',
      contained: 'both',
      containedType: 'contained',
      score: true,
      explain: true,
    });
    assert.deepEqual(parsed(patient, '_elements=identifier,name,Observation.value').result, {
      elements: ['identifier', 'name', 'Observation.value'],
    });
  });
  it('change nothing in what is searched', () => {
    assert.deepEqual(parsed(patient, '_count=5&_total=none').query, parsed(patient, '').query);
  });
});

refuses('parameters of the answer: refusals', 'Patient', [
  ['_count=-1', ['bad-value'], /whole number/],
  ['_count=ten', ['bad-value']],
  ['_count=1&_count=2', ['bad-combination'], /once/],
  ['_maxresults=1.5', ['bad-value']],
  ['_total=exact', ['bad-value'], /none, estimate, accurate/],
  ['_summary=yes', ['bad-value']],
  ['_summary=tru', ['bad-value'], /"near":\["true"/],
  ['_elements=nme', ['bad-value'], /"near":\["name"/],
  ['_elements=value[x]', ['bad-value']],
  ['_elements=Observation.valueQuantity', ['bad-value']],
  ['_contained=yes', ['bad-value']],
  ['_score=1', ['bad-value']],
  ['_cont=5', ['unknown-parameter'], /"near":\["_count"/],
]);

describe('strict and lenient', () => {
  const query = 'nmae=a&gender=male&birthdate=x&_sort=foo&_count=5&_include=Patient:nothing&name=';
  it('a strict search is refused with all that is wrong', () => {
    assert.throws(
      () => parsed(patient, query),
      (error) =>
        error instanceof SearchFault &&
        error.problems.map(({ parameter }) => parameter).join() === 'nmae,birthdate,_sort,_include',
    );
  });
  it('a lenient one leaves it out and says so', () => {
    const { query: search, applied, ignored, result } = parsed(patient, query, { lenient: true });
    assert.deepEqual(applied, [
      ['gender', 'male'],
      ['_count', '5'],
    ]);
    assert.deepEqual(
      ignored.map(({ kind, parameter }) => [kind, parameter]),
      [
        ['unknown-parameter', 'nmae'],
        ['bad-value', 'birthdate'],
        ['unknown-parameter', '_sort'],
        ['unknown-parameter', '_include'],
      ],
    );
    assert.deepEqual(result, { count: 5 });
    assert.deepEqual(search, parsed(patient, 'gender=male').query);
  });
  it('refuses all the same what changes the meaning of the search', () => {
    const refused = (type: string, query: string) => {
      try {
        parsed({ type }, `${query}&nmae=a`, { lenient: true });
        return [];
      } catch (error) {
        assert.ok(error instanceof SearchFault);
        return error.problems.map(({ kind, parameter }) => `${kind} ${parameter}`);
      }
    };
    assert.deepEqual(refused('Patient', 'name:exat=Bill'), ['unknown-modifier name:exat']);
    assert.deepEqual(refused('Patient', 'organization.name:not=a'), ['unknown-modifier organization.name:not']);
    assert.deepEqual(refused('Condition', 'code:in=http://vs'), ['not-supported code:in']);
    assert.deepEqual(refused('Patient', '_query=high-risk'), ['unknown-operation _query']);
    assert.deepEqual(refused('Patient', '_sort=name:exact&_include:foo=Patient:link&_graph=a&birthdate=x'), []);
  });
  it('leaves out what the rest excludes', () => {
    const {
      query: search,
      applied,
      ignored,
      result,
    } = parsed(patient, '_sort=_score,-birthdate&_summary=text&_revinclude=Observation:patient&_count=2', {
      lenient: true,
    });
    assert.deepEqual(search.sort, []);
    assert.deepEqual(result, { count: 2 });
    assert.deepEqual(
      applied.map(([name]) => name),
      ['_revinclude', '_count'],
    );
    assert.deepEqual(
      ignored.map(({ parameter }) => parameter),
      ['_summary', '_sort'],
    );
  });
  it('has limits that no search meets', () => {
    const many = Array.from({ length: 501 }, () => ['name', 'a'] as const);
    assert.throws(() => parseSearch(patient, many, { ...options, lenient: true }), /at most 500/);
    assert.throws(() => parsed(patient, `identifier=${'a,'.repeat(10_001)}`), /at most 10000/);
    assert.throws(() => parsed(patient, `_id=${'a,'.repeat(10_001)}`), /at most 10000/);
  });
  it('what is applied stands as it was given', () => {
    const { applied } = parsed(patient, 'name=a,b&_sort=-name&identifier=x\\|y');
    assert.deepEqual(applied, [
      ['name', 'a,b'],
      ['_sort', '-name'],
      ['identifier', 'x\\|y'],
    ]);
  });
});

describe('a search of several types', () => {
  const scope: SearchScope = { types: ['Patient', 'Observation', 'Encounter'] };
  it('asks of each type in its own terms', () => {
    const { branches } = parsed(scope, 'identifier=1').query;
    assert.deepEqual(
      branches.map(({ type, where }) => [type, where.op === 'keys' ? where.any : undefined]),
      scope.types.map((type) => [type, [keyOf(seedOf(type, 'identifier'), '1')]]),
    );
  });
  it('is of the types that _type names', () => {
    const { query, applied } = parsed(scope, '_type=Observation,Encounter&status=final&_type=');
    assert.deepEqual(
      query.branches.map(({ type }) => type),
      ['Observation', 'Encounter'],
    );
    assert.deepEqual(applied, [
      ['_type', 'Observation,Encounter'],
      ['status', 'final'],
    ]);
  });
  it('has only parameters that all types have, of one kind', () => {
    const problems = (query: string) => {
      try {
        parsed(scope, query);
        return [];
      } catch (error) {
        assert.ok(error instanceof SearchFault);
        return error.problems.map(({ kind, expected }) => `${kind} ${expected ?? ''}`);
      }
    };
    assert.match(problems('gender=male').join(), /unknown-parameter .*Observation has none/);
    assert.match(problems('_type=Procedure').join(), /bad-combination/);
    assert.match(problems('_type=Patint').join(), /unknown-type/);
    assert.throws(() => parsed({ types: ['Substance', 'Observation'] }, 'code=a&quantity=1'), SearchFault);
    assert.throws(
      () => parsed({ types: ['AdverseEvent', 'ResearchStudy', 'Questionnaire', 'NamingSystem'] }, 'value=1'),
      SearchFault,
    );
  });
  it('may name the one type it is of anyway', () => {
    assert.deepEqual(parsed(patient, '_type=Patient').query, parsed(patient, '').query);
    assert.throws(() => parsed(patient, '_type=Observation'), /bad-combination/);
  });
});

describe('conditionOf', () => {
  it('is the criteria alone', () => {
    const expected = parsed(patient, 'gender=male&name=a').query.branches[0]?.where;
    assert.deepEqual(conditionOf('Patient', parametersOf('gender=male&name=a'), options), expected);
    assert.deepEqual(conditionOf('Patient', [], options), { op: 'all', of: [] });
  });
  it('refuses what asks something of the answer, and ignores nothing', () => {
    for (const query of ['_count=1', '_sort=name', '_include=Patient:link', '_type=Patient', 'foo=1', '_elements=id']) {
      assert.throws(() => conditionOf('Patient', parametersOf(query), { ...options, lenient: true }), SearchFault);
    }
  });
});

describe('withLookups', () => {
  const code = { system: 'http://s', code: '1' };
  it('asks each service once for each thing, and parses with the answers', async () => {
    const asked: string[] = [];
    const search = await withLookups(
      {
        terminology: {
          members: (url) => Promise.resolve((asked.push(url), [code])),
          descendants: () => Promise.resolve([code]),
          ancestors: () => Promise.resolve([code]),
        },
        collections: {
          members: (type, id) => Promise.resolve((asked.push(`${type}/${id}`), [{ type: 'Condition', id: 'a' }])),
        },
        hierarchies: {
          related: (_direction, type, _parameter, id) => Promise.resolve((asked.push(`${type}/${id}`), [id])),
        },
      },
      (found) => parsed({ type: 'Condition' }, 'code:in=http://vs,http://vs&category:in=http://vs&_list=9', found),
    );
    assert.deepEqual(asked.sort(), ['List/9', 'http://vs']);
    assert.deepEqual(
      search.query.branches[0]?.where,
      conditionOf('Condition', parametersOf('code=http://s|1&category=http://s|1&_id=a'), options),
    );
  });
  it('tells what is unknown, and all else that is wrong', async () => {
    const terminology = {
      members: () => Promise.resolve(undefined),
      descendants: () => Promise.resolve(undefined),
      ancestors: () => Promise.resolve(undefined),
    };
    await assert.rejects(
      withLookups({ terminology }, (found) => parsed({ type: 'Condition' }, 'code:in=http://vs&foo=1', found)),
      (error) => error instanceof SearchFault && error.problems.length === 2,
    );
  });
  it('parses once when nothing is asked', async () => {
    let times = 0;
    await withLookups({}, (found) => (times++, parsed(patient, 'name=a', found)));
    assert.equal(times, 1);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCriteria, parseSearch, SearchFault, type SearchScope, withLookups } from '../src/index.ts';
import { options, parametersOf, refuses } from './searching.ts';

const parsed = (scope: SearchScope, query: string, more = {}) =>
  parseSearch(scope, parametersOf(query), { ...options, ...more });
const patient: SearchScope = { type: 'Patient' };
const observation: SearchScope = { type: 'Observation' };

describe('_sort', () => {
  const sort = (scope: SearchScope, rules: string) => parsed(scope, `_sort=${rules}`).search.sort;
  it('names parameters with their direction', () => {
    assert.deepEqual(sort(observation, 'status,-date,_id,-_lastUpdated'), [
      { parameter: 'status', descending: false, by: { kind: 'token', parameter: 'status' } },
      { parameter: 'date', descending: true, by: { kind: 'main-date' } },
      { parameter: '_id', descending: false, by: { kind: 'id' } },
      { parameter: '_lastUpdated', descending: true, by: { kind: 'last-updated' } },
    ]);
  });
  it('goes by the values of a parameter, by what is displayed, or by an element', () => {
    assert.deepEqual(
      sort(patient, 'family,phonetic,death-date,gender:text,organization,identifier').map(({ by }) => by),
      [
        { kind: 'string', parameter: 'family' },
        { kind: 'string', parameter: 'name' },
        { kind: 'date', parameter: 'death-date' },
        { kind: 'display', parameter: 'gender' },
        {
          ...{ kind: 'reference', parameter: 'organization', targets: ['Organization'], single: true },
          paths: [
            [
              { kind: 'member', name: 'managingOrganization' },
              { kind: 'member', name: 'reference' },
            ],
          ],
        },
        {
          kind: 'element',
          paths: [
            [
              { kind: 'member', name: 'identifier' },
              { kind: 'member', name: 'value' },
            ],
          ],
        },
      ],
    );
  });
  it('by score needs something that scores', () => {
    assert.deepEqual(parsed({ type: 'Location' }, '_sort=_score&near=1|1').search.sort, [
      { parameter: '_score', descending: false, by: { kind: 'score' } },
    ]);
    assert.throws(() => parsed(patient, '_sort=_score'), /better or worse/);
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
  const includes = (scope: SearchScope, query: string) => parsed(scope, query).search.includes;
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
    assert.deepEqual(parsed(patient, '_count=5&_total=none').search, parsed(patient, '').search);
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
    const { search, applied, ignored, result } = parsed(patient, query, { lenient: true });
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
    assert.deepEqual(search, parsed(patient, 'gender=male').search);
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
    const { search, applied, ignored, result } = parsed(
      patient,
      '_sort=_score,-birthdate&_summary=text&_revinclude=Observation:patient&_count=2',
      {
        lenient: true,
      },
    );
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
  it('asks the same of each type', () => {
    const where = [{ kind: 'parameter', parameter: 'identifier', values: [{ type: 'token', code: '1' }] }];
    assert.deepEqual(
      parsed(scope, 'identifier=1').search.types,
      scope.types.map((type) => ({ type, where })),
    );
  });
  it('is of the types that _type names', () => {
    const { search, applied } = parsed(scope, '_type=Observation,Encounter&status=final&_type=');
    assert.deepEqual(
      search.types.map(({ type }) => type),
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
    assert.deepEqual(parsed(patient, '_type=Patient').search, parsed(patient, '').search);
    assert.throws(() => parsed(patient, '_type=Observation'), /bad-combination/);
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
          members: async (keys) => {
            asked.push(keys.map(([type, id]) => `${type}/${id}`).join());
            return keys.map(([, id]) => [{ type: 'Condition', id: `a${id}` }]);
          },
        },
        hierarchies: {
          related: (_direction, type, _parameter, id) => Promise.resolve((asked.push(`${type}/${id}`), [id])),
        },
      },
      (found) => parsed({ type: 'Condition' }, 'code:in=http://vs,http://vs&category:in=http://vs&_list=9,8', found),
    );
    assert.deepEqual(asked.sort(), ['List/9,List/8', 'http://vs']);
    const members = { values: [{ type: 'value-set', url: 'http://vs', codes: [code] }] };
    assert.deepEqual(search.search.types[0]?.where.slice(1), [
      { kind: 'parameter', parameter: 'category', modifier: 'in', ...members },
      {
        ...{ kind: 'member', parameter: '_list' },
        collections: [
          { id: '9', ids: ['a9'] },
          { id: '8', ids: ['a8'] },
        ],
      },
    ]);
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

describe('parseCriteria', () => {
  it('is the criteria alone', () => {
    const expected = parsed(patient, 'gender=male&name=a').search.types[0]?.where;
    assert.deepEqual(parseCriteria('Patient', parametersOf('gender=male&name=a'), options), expected);
    assert.deepEqual(parseCriteria('Patient', [], options), []);
  });
  it('refuses what asks something of the answer, and ignores nothing', () => {
    for (const query of ['_count=1', '_sort=name', '_include=Patient:link', '_type=Patient', 'foo=1', '_elements=id']) {
      assert.throws(() => parseCriteria('Patient', parametersOf(query), { ...options, lenient: true }), SearchFault);
    }
  });
});

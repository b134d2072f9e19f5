/** Suggestions for a path while it is typed, from a CapabilityStatement; for any input and any statement. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { declaredBy, suggestionsFor } from '../src/explorer/completion.ts';

const declared = declaredBy({
  rest: [
    {
      resource: [
        {
          type: 'Patient',
          searchParam: [
            { name: 'name', type: 'string' },
            { name: 'gender', type: 'token' },
            { name: 'birthdate', type: 'date' },
          ],
          operation: [{ name: 'everything' }],
        },
        { type: 'Practitioner', searchParam: [{ name: 'name', type: 'string' }] },
      ],
      searchParam: [{ name: '_id', type: 'token' }],
      operation: [{ name: 'validate' }],
    },
  ],
});

const paths = (typed: string): string[] => suggestionsFor(declared, typed).map(({ path }) => path);

describe('a path', () => {
  for (const [typed, expected] of Object.entries({
    '/Pa': ['/Patient'],
    '/p': ['/Patient', '/Practitioner'],
    Pat: ['/Patient'],
    '/$v': ['/$validate'],
    '/Patient/': ['/Patient/$everything', '/Patient/_history', '/Patient/_search'],
    '/Patient/1/$': ['/Patient/1/$everything'],
    '/Patient?na': ['/Patient?name='],
    '/Patient?gender=male&b': ['/Patient?gender=male&birthdate='],
    '/Patient?_i': ['/Patient?_id=', '/Patient?_include='],
    '/Patient?name:ex': ['/Patient?name:exact='],
    '/Patient?gender:te': ['/Patient?gender:text='],
    '/Patient?birthdate=g': ['/Patient?birthdate=gt', '/Patient?birthdate=ge'],
    '/Patient?name:missing=': ['/Patient?name:missing=true', '/Patient?name:missing=false'],
    '/Patient?_total=a': ['/Patient?_total=accurate'],
    '/Patient?_sort=bi': ['/Patient?_sort=birthdate'],
    '/Patient/1/Practitioner?n': ['/Patient/1/Practitioner?name='],
    '/Patient?name=Kar': [],
    '/Nothing?x': [],
    '/Patient': [],
  }))
    test(`${typed} goes on with ${expected.join(', ') || 'nothing that is declared'}`, () => {
      assert.deepEqual(paths(typed), expected);
    });

  test('may be anything', () => {
    for (const typed of [
      '',
      '/',
      '?',
      '?=',
      '??',
      '&',
      '/Patient?&&',
      '/Patient?constructor=',
      '/constructor?x',
      '/__proto__/',
      ':',
      '/Patient?:',
      '%',
      '/'.repeat(500),
    ])
      for (const path of paths(typed)) assert.ok(path.length > 0, typed);
  });

  test('has twenty suggestions at most', () => {
    const resource = Array.from({ length: 500 }, (_, n) => ({ type: `Type${String(n)}` }));
    assert.equal(suggestionsFor(declaredBy({ rest: [{ resource }] }), '/T').length, 20);
  });
});

test('a statement may be anything', () => {
  for (const statement of [
    undefined,
    null,
    7,
    [],
    {},
    { rest: 7 },
    { rest: [null] },
    { rest: [{ resource: [null, 7, { type: 7, searchParam: [null, {}] }] }] },
  ])
    assert.doesNotThrow(() => suggestionsFor(declaredBy(statement), '/P'));
});

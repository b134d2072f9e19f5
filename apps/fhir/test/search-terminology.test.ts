/** Searches by value sets and by the hierarchy of code systems. https://hl7.org/fhir/R5/search.html#modifiers */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer, type TestServer } from './environment.ts';
import { found, put } from './searches.ts';

const system = 'http://example.org/organs';
const foreign = 'http://example.org/other';
const coded = (id: string, code: string): Record<string, unknown> => ({
  resourceType: 'Observation',
  ...{ id, status: 'final', code: { coding: [{ system, code }] } },
});
const valueSet = (id: string, include: object): Record<string, unknown> => ({
  resourceType: 'ValueSet',
  ...{ id, url: `http://example.org/vs/${id}`, version: '1', status: 'active', compose: { include: [include] } },
});

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false, bodyLimit: 8 * 1024 ** 2 });
  await put(
    server,
    {
      resourceType: 'CodeSystem',
      ...{ id: 'organs', url: system, status: 'active', content: 'complete', hierarchyMeaning: 'is-a' },
      concept: [
        { code: 'sense', concept: [{ code: 'eye', concept: [{ code: 'retina' }] }, { code: 'ear' }] },
        { code: 'heart' },
      ],
    },
    valueSet('senses', { system, filter: [{ property: 'concept', op: 'is-a', value: 'sense' }] }),
    // If the system is not loaded, the listed codes count.
    valueSet('listed', { system: foreign, concept: [{ code: 'eye' }, { code: 'nose' }] }),
    {
      ...valueSet('mixed', {}),
      compose: {
        include: [
          { system: foreign, concept: [{ code: 'eye' }, { code: 'nose' }] },
          { system, filter: [{ property: 'concept', op: 'is-a', value: 'eye' }] },
        ],
        exclude: [
          { system, concept: [{ code: 'retina' }] },
          { system: foreign, concept: [{ code: 'nose' }] },
        ],
      },
    },
    valueSet('elsewhere', { system: 'http://example.org/nowhere', filter: [{ property: 'p', op: '=', value: 'x' }] }),
    coded('eye', 'eye'),
    coded('retina', 'retina'),
    coded('ear', 'ear'),
    coded('heart', 'heart'),
    { ...coded('foreign', 'eye'), code: { coding: [{ system: foreign, code: 'eye' }] } },
    { ...coded('nose', 'nose'), code: { coding: [{ system: foreign, code: 'nose' }] } },
  );
});
after(() => server.close());

const cases: readonly (readonly [query: string, expected: readonly string[]])[] = [
  ['code:in=http://example.org/vs/senses', ['ear', 'eye', 'retina']],
  ['code:in=http://example.org/vs/senses|1', ['ear', 'eye', 'retina']],
  ['code:in=ValueSet/senses', ['ear', 'eye', 'retina']],
  ['code:not-in=http://example.org/vs/senses', ['foreign', 'heart', 'nose']],
  ['code:in=http://example.org/vs/listed', ['foreign', 'nose']],
  ['code:in=ValueSet/listed', ['foreign', 'nose']],
  ['code:not-in=http://example.org/vs/listed', ['ear', 'eye', 'heart', 'retina']],
  ['code:in=http://example.org/vs/mixed', ['eye', 'foreign']],
  ['code:not-in=http://example.org/vs/mixed', ['ear', 'heart', 'nose', 'retina']],
  [`code:below=${system}|eye`, ['eye', 'retina']],
  [`code:below=${system}|sense`, ['ear', 'eye', 'retina']],
  [`code:above=${system}|retina`, ['eye', 'retina']],
  [`code:above=${system}|heart`, ['heart']],
  [`code:below=${system}|eye,${system}|heart`, ['eye', 'heart', 'retina']],
];
for (const [query, expected] of cases) {
  test(query, async () => {
    const names = await found(server, `/Observation?${query}`);
    assert.deepEqual(names.sort(), expected.map((id) => `Observation/${id}`).sort());
  });
}

test('what changes in a value set counts for the next search', async () => {
  const grown = valueSet('senses', { system, concept: [{ code: 'heart' }] });
  await put(server, grown);
  assert.deepEqual(await found(server, '/Observation?code:in=ValueSet/senses'), ['Observation/heart']);
  await put(server, valueSet('senses', { system, filter: [{ property: 'concept', op: 'is-a', value: 'sense' }] }));
});

test('a value set that turns out not to be known while its many codes are collected is refused, or listed', async () => {
  const many = 'http://example.org/many';
  const concept = Array.from({ length: 60_000 }, (_, i) => ({ code: `c${String(i)}` }));
  const all = { system: many, filter: [{ property: 'code', op: 'regex', value: 'c[0-9]*7' }] };
  const large = (id: string, include: object): object => ({
    ...valueSet(id, {}),
    compose: { include: [all, include] },
  });
  await put(
    server,
    { resourceType: 'CodeSystem', id: 'many', url: many, status: 'active', content: 'complete', concept },
    large('half', { system: 'http://example.org/nowhere', filter: [{ property: 'p', op: '=', value: 'x' }] }) as never,
    large('half-listed', { system: foreign, concept: [{ code: 'eye' }] }) as never,
  );
  const refused = await server.request('GET', '/Observation?code:in=http://example.org/vs/half');
  assert.deepEqual([refused.status, refused.code], [400, 'search-value-invalid'], refused.text);
  assert.deepEqual(await found(server, '/Observation?code:in=http://example.org/vs/half-listed'), [
    'Observation/foreign',
  ]);
});

test('what cannot be listed is refused, and names the parameter', async () => {
  for (const query of [
    'code:in=http://example.org/vs/none',
    'code:in=http://example.org/vs/elsewhere',
    'code:in=ValueSet/none',
    'code:below=http://example.org/nowhere|x',
  ]) {
    const reply = await server.request('GET', `/Observation?${query}`);
    assert.deepEqual([reply.status, reply.code], [400, 'search-value-invalid'], `${query}: ${reply.text}`);
    assert.match(reply.diagnostics, /code:(in|below)/);
  }
});

test('membership needs no expansion that fits into an answer, and 60,000 codes are searched by', async () => {
  const many = 'http://example.org/many';
  await put(server, valueSet('whole', { system: many }), {
    resourceType: 'Observation',
    ...{ id: 'many', status: 'final', code: { coding: [{ system: many, code: 'c59999' }] } },
  });
  assert.deepEqual(await found(server, '/Observation?code:in=http://example.org/vs/whole'), ['Observation/many']);
  const expansion = await server.request('GET', '/ValueSet/whole/$expand');
  assert.equal(expansion.status, 422, 'more than an expansion has in one answer');
});

test('more codes than the limit are 422, which names it and the setting', async (t) => {
  const small = await startServer({ requireIfMatch: false, membershipLimit: 3 }, undefined, { expansionLimit: 1 });
  t.after(() => small.close());
  const concept = ['a', 'b', 'c'].map((code) => ({ code, concept: [{ code: `${code}1` }] }));
  await put(
    small,
    {
      resourceType: 'CodeSystem',
      ...{ id: 'six', url: system, status: 'active', content: 'complete', hierarchyMeaning: 'is-a' },
      concept: [{ code: 'all', concept }],
    },
    valueSet('three', { system, concept: [{ code: 'a' }, { code: 'b' }, { code: 'c' }] }),
    valueSet('four', { system, concept: [{ code: 'a' }, { code: 'b' }, { code: 'c' }, { code: 'a1' }] }),
    valueSet('four-foreign', { system: foreign, concept: ['a', 'b', 'c', 'd'].map((code) => ({ code })) }),
    coded('a', 'a'),
  );
  for (const query of ['code:in=ValueSet/three', `code:below=${system}|a`, `code:above=${system}|a1`]) {
    assert.deepEqual(await found(small, `/Observation?${query}`), ['Observation/a'], query);
  }
  for (const query of [
    'code:in=ValueSet/four',
    'code:not-in=http://example.org/vs/four',
    'code:in=http://example.org/vs/four-foreign',
    `code:below=${system}|all`,
    '_has:Observation:subject:code:in=ValueSet/four',
  ]) {
    const path = query.startsWith('_has') ? '/Patient' : '/Observation';
    const reply = await small.request('GET', `${path}?${query}`);
    assert.deepEqual([reply.status, reply.code], [422, 'value-set-too-large'], `${query}: ${reply.text}`);
    assert.match(reply.diagnostics, /takes up to 3 \(DHP_MEMBERSHIP_LIMIT\)/);
    assert.match(reply.sentence, /3 codes at most/);
  }
});

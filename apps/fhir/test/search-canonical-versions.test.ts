/** `:below` with a part of the version of a canonical. https://hl7.org/fhir/R5/search.html#versions */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer, type TestServer } from './environment.ts';
import { found, idsOf, put, search } from './searches.ts';

const url = 'http://example.org/Questionnaire/intake';
let server: TestServer;

const answered = (id: string, questionnaire: string): Record<string, unknown> => ({
  resourceType: 'QuestionnaireResponse',
  ...{ id, status: 'completed', questionnaire },
});

before(async () => {
  server = await startServer();
  await put(
    server,
    ...Object.entries({
      none: '',
      one: '|1',
      'one-2': '|1.2',
      'one-2-3': '|1.2.3#part',
      ten: '|10.1',
      two: '|2.0',
    }).map(([id, version]) => answered(id, url + version)),
    answered('another', 'http://example.org/Questionnaire/other|1.2'),
    {
      resourceType: 'Basic',
      id: 'profiled',
      meta: { profile: ['http://example.org/StructureDefinition/p|3.1.0', `${url}|1`] },
      code: { text: 'x' },
    },
  );
});
after(() => server.close());

const below = async (value: string): Promise<string[]> =>
  (await found(server, `/QuestionnaireResponse?questionnaire:below=${encodeURIComponent(value)}`)).map(
    (name) => name.split('/')[1]!,
  );

test('finds that version and those that it is a part of', async () => {
  for (const [version, expected] of [
    ['', ['none', 'one', 'one-2', 'one-2-3', 'ten', 'two']],
    ['|', ['none', 'one', 'one-2', 'one-2-3', 'ten', 'two']],
    ['|1', ['one', 'one-2', 'one-2-3']],
    ['|1.2', ['one-2', 'one-2-3']],
    ['|1.2.3', ['one-2-3']],
    ['|1.', []],
    ['|3', []],
  ] as const) {
    assert.deepEqual(await below(url + version), expected, version);
  }
  assert.deepEqual(await below(`${url}|2,${url}|10`), ['ten', 'two']);
  assert.deepEqual(await found(server, '/Basic?_profile:below=http://example.org/StructureDefinition/p%7C3'), [
    'Basic/profiled',
  ]);
  assert.deepEqual(await found(server, '/Basic?_profile:below=http://example.org/StructureDefinition/p%7C1'), []);
});

test('goes with other conditions, chains, counts and pages', async () => {
  const one = `questionnaire:below=${url}%7C1`;
  assert.deepEqual(await found(server, `/QuestionnaireResponse?${one}&_id=one,two`), ['QuestionnaireResponse/one']);
  const reply = await search(server, `/QuestionnaireResponse?${one}&_sort=_id&_count=2&_total=accurate`);
  assert.deepEqual([reply.json['total'], idsOf(reply).length], [3, 2]);
  assert.deepEqual(await found(server, `/QuestionnaireResponse?_filter=not(status eq completed)&${one}`), []);
});

test('is refused of contained resources, whose canonicals are kept without a part of their version', async () => {
  const reply = await server.request('GET', `/QuestionnaireResponse?_contained=true&questionnaire:below=${url}%7C1`);
  assert.deepEqual([reply.status, reply.code], [400, 'search-combination-invalid']);
});

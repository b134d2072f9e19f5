/** Searches that are not understood, and those that cannot be answered. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { IndexNotReady, SearchTimeout, type FhirStore } from '@dhp/fhir-store';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';
import { idsOf, linkTo, post, put, search, toldBy } from './searches.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
  await put(server, patient({ id: 'a', gender: 'male' }), patient({ id: 'b', gender: 'female' }));
});
after(() => server.close());

describe('what is wrong', () => {
  const failures = async (query: string, headers: Record<string, string> = {}): Promise<string[]> => {
    const reply = await server.request('GET', `/Patient?${query}`, { headers });
    assert.equal(reply.status, 400, `${query}: ${reply.text}`);
    const issues = reply.json['issue'] as { details: { coding: [{ code: string }] }; location: string[] }[];
    return issues.map(({ details, location }) => `${details.coding[0].code} ${location.join()}`);
  };

  test('is refused, all of it at once, with the names of the parameters', async () => {
    assert.deepEqual(await failures('birthday=1990&gender:exakt=male&birthdate=yesterday&family=x'), [
      'search-parameter-unknown http.birthday',
      'search-modifier-unknown http.gender:exakt',
      'search-value-invalid http.birthdate',
    ]);
    assert.deepEqual(await failures('_count=ten'), ['search-value-invalid http._count']);
    assert.deepEqual(await failures('_sort=colour'), ['search-parameter-unknown http._sort']);
    assert.deepEqual(await failures('_graph=x'), ['search-unsupported http._graph']);
    assert.deepEqual(await failures('_list=$current-problem'), ['search-value-invalid http._list']);
    assert.deepEqual(await failures('subject:patient.name=x'), ['search-parameter-unknown http.subject:patient.name']);
  });

  test('is told with near matches, in the language of the caller', async () => {
    for (const [language, sentence] of [
      ['uz', '“birthday” degan qidiruv parametri yoʻq. Oʻxshashlari: birthdate.'],
      ['ru', 'Параметра поиска «birthday» нет. Похожие: birthdate.'],
      ['en', 'There is no search parameter "birthday". Similar ones: birthdate.'],
    ] as const) {
      const headers = { 'accept-language': language };
      const reply = await server.request('GET', '/Patient?birthday=1990', { headers });
      assert.deepEqual([reply.status, reply.sentence], [400, sentence]);
      assert.match(reply.diagnostics, /Did you mean birthdate\?$/);
    }
  });

  test('is told with all names where none is near', async () => {
    const { diagnostics, sentence } = await server.request('GET', '/Patient?xyzxyz=1', {
      headers: { 'accept-language': 'ru' },
    });
    assert.equal(sentence, 'Параметра поиска «xyzxyz» нет.');
    assert.match(
      diagnostics,
      /a search parameter of Patient: active, address, .*birthdate, .*telecom, _contained, .*_tag/,
    );
    const sorted = await server.request('GET', '/Patient?_sort=xyzxyz');
    assert.match(sorted.sentence, /xyzxyz/);
    assert.match(sorted.diagnostics, /a search parameter of Patient: active, /);
    assert.doesNotMatch((await server.request('GET', '/Patient?birthday=1')).diagnostics, /active/);
  });

  test('is left out where the client is lenient, and the answer says so', async () => {
    const headers = { prefer: 'handling=lenient' };
    const reply = await search(server, '/Patient?birthday=1990&gender=male', { headers });
    assert.deepEqual(idsOf(reply), ['Patient/a']);
    assert.deepEqual(toldBy(reply), ['search-parameter-ignored']);
    assert.equal(linkTo(reply, 'self'), '/Patient?gender=male&_count=20');
    assert.equal(reply.headers.get('content-language'), 'en');
    const form = await post(server, '/Patient/_search', 'birthday=1990&gender=male', { headers });
    assert.deepEqual(idsOf(form), ['Patient/a']);
  });

  test('is never a 500', async () => {
    const odd = [
      '=',
      '&',
      '?',
      '%00=1',
      '_id=%00',
      'name=%F0%9F%98%80',
      '_has=x',
      '_has:=1',
      '_include=x',
      '_sort=-',
      '__proto__=1',
      'constructor=1',
      '_type=Patient',
      'name:exact:x=1',
      '_has:a:b:c=1',
      '.=1',
      'a.=1',
      '.a=1',
    ];
    for (const query of odd) {
      const reply = await server.request('GET', `/Patient?${query}`);
      assert.ok(reply.status === 200 || reply.status === 400, `${query}: ${reply.status} ${reply.text}`);
    }
  });
});

describe('what the store cannot answer', () => {
  async function answered(error: Error): Promise<Reply> {
    const store = { ...server.store, search: () => Promise.reject(error) } as FhirStore;
    const other = await startServer({ store });
    try {
      return await other.request('GET', '/Patient?gender=male');
    } finally {
      await other.close();
    }
  }

  test('in time is 503, with what to do', async () => {
    const reply = await answered(new SearchTimeout(undefined));
    assert.deepEqual([reply.status, reply.code], [503, 'search-timeout']);
    assert.equal(reply.headers.get('retry-after'), '10');
  });

  test('before all is indexed is 503, with the percentage', async () => {
    const reply = await answered(new IndexNotReady({ done: 427, total: 1_000 }));
    assert.deepEqual([reply.status, reply.code], [503, 'search-index-building']);
    assert.match(reply.sentence, /42 %/);
    assert.equal(reply.diagnostics, '427 of 1000 resources are indexed.');
    assert.equal(reply.headers.get('retry-after'), '30');
  });
});

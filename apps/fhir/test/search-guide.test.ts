/** The searches that the national guide shows on the pages of its profiles; none may ignore a parameter. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startServer, type TestServer } from './environment.ts';
import { resources, type Variant } from './guide/resources.ts';
import { guideSearches } from './guide/values.ts';
import { found, idsOf, put, search } from './searches.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
  for (const x of ['a', 'b'] as const) await put(server, ...resources.map((make) => make(x)));
});
after(() => server.close());

function query(parameters: readonly (readonly [name: string, value: string])[]): string {
  return parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
}

describe('each search finds what has the values, and nothing when one of them is of something else', () => {
  for (const [type, ...parameters] of guideSearches) {
    const shown = `${type}?${parameters.map(([name]) => name).join('&')}`;
    test(shown, async () => {
      const others: Record<Variant, Variant> = { a: 'b', b: 'a' };
      for (const x of ['a', 'b'] as const) {
        const all = query(parameters.map(([name, value]) => [name, value(x)]));
        assert.deepEqual(await found(server, `/${type}?${all}`), [`${type}/${x}`], all);
        if (parameters.length === 1) continue;
        for (const [index] of parameters.entries()) {
          const mixed = query(parameters.map(([name, value], i) => [name, value(i === index ? others[x] : x)]));
          assert.deepEqual(await found(server, `/${type}?${mixed}`), [], mixed);
        }
      }
    });
  }
});

describe('the searches of its workflows', () => {
  test('what is newest first', async () => {
    for (const [path, sort] of [
      ['Immunization?vaccine-code=08,19', '-date'],
      ['ImmunizationRecommendation?patient=Patient/a,Patient/b', '-date'],
      ['AdverseEvent?actuality=actual', '-date'],
      ['Encounter?episode-of-care=EpisodeOfCare/a,EpisodeOfCare/b', '-date'],
      ['Task?based-on=ServiceRequest/a,ServiceRequest/b', '-modified'],
      ['Composition?subject=Patient/a,Patient/b&category=LP173421-1,LP173418-7', '-date'],
    ] as const) {
      const type = path.split('?')[0] ?? '';
      const newest = idsOf(await search(server, `/${path}&_sort=${sort}`));
      assert.deepEqual(newest, [`${type}/b`, `${type}/a`], path);
      const oldest = idsOf(await search(server, `/${path}&_sort=${sort.slice(1)}`));
      assert.deepEqual(oldest, [`${type}/a`, `${type}/b`], path);
    }
  });

  test('a report with its results', async () => {
    const reply = await search(server, '/DiagnosticReport?based-on=ServiceRequest/a&_include=DiagnosticReport:result');
    assert.deepEqual(idsOf(reply), ['DiagnosticReport/a']);
    assert.deepEqual(idsOf(reply, 'include'), ['Observation/a']);
  });

  test('a resource with where it comes from', async () => {
    const reply = await search(server, '/Condition?patient=Patient/b&_revinclude=Provenance:target');
    assert.deepEqual(idsOf(reply), ['Condition/b']);
    assert.deepEqual(idsOf(reply, 'include'), ['Provenance/b']);
  });

  test('documents by the subject of their composition', async () => {
    const of = (patient: string): Promise<string[]> =>
      found(server, `/Bundle?type=document&composition.subject=Patient/${patient}`);
    assert.deepEqual(await of('a'), ['Bundle/a']);
    assert.deepEqual(await of('b'), []);
    assert.deepEqual(await found(server, '/Bundle?type=collection&composition.subject=Patient/a'), []);
  });
});

/** Where searches are made, and how several values go together. https://hl7.org/fhir/R5/search.html#searchcontexts, #multivalue */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { idsOf, linkTo, post, search } from '../searches.ts';
import { encounter, observation, patient, to, world } from './table.ts';

const { server } = world(
  patient('a', { name: [{ family: 'Aliyev', given: ['Anvar', 'Zafar'] }], gender: 'male' }),
  patient('b', { name: [{ family: 'Boboyev', given: ['Anvar'] }], gender: 'female' }),
  encounter('of-a', { subject: to('Patient/a') }),
  encounter('of-b', { subject: to('Patient/b') }),
  observation('in-a', { subject: to('Patient/a'), encounter: to('Encounter/of-a') }),
  observation('final', { subject: to('Patient/b') }),
  observation('amended', { subject: to('Patient/b'), status: 'amended' }),
);

describe('search.html#searchcontexts', () => {
  const rows: [row: string, path: string, form: string, found: string[]][] = [
    ['all types', '/', '_id=a,of-a', ['Encounter/of-a', 'Patient/a']],
    ['some types', '/', '_type=Patient,Encounter&_id=a,of-b,in-a', ['Encounter/of-b', 'Patient/a']],
    ['a type', '/Patient', 'gender=male', ['Patient/a']],
    ['a compartment and a type', '/Patient/b/Observation', 'status=amended', ['Observation/amended']],
    ['another compartment', '/Encounter/of-a/Observation', '_id=in-a,final', ['Observation/in-a']],
    ['a compartment and all types', '/Patient/a/*', '_id=in-a,of-a,of-b', ['Encounter/of-a', 'Observation/in-a']],
  ];
  for (const [row, path, parameters, found] of rows) {
    test(`${row}: GET`, async () => {
      assert.deepEqual(idsOf(await search(server(), `${path}?${parameters}`)).sort(), found);
    });
    test(`${row}: POST`, async () => {
      const where = path === '/' ? '/_search' : `${path}/_search`;
      const reply = await post(server(), where, parameters);
      assert.deepEqual(idsOf(reply).sort(), found, reply.text);
      assert.ok(linkTo(reply, 'self')?.includes('_id=') === parameters.includes('_id='), 'the self link is one of GET');
    });
  }

  test('POST with parameters in the address and in the form', async () => {
    assert.deepEqual(idsOf(await post(server(), '/Observation/_search?status=final', 'subject=Patient/b')), [
      'Observation/final',
    ]);
    assert.deepEqual(idsOf(await post(server(), '/Observation/_search?status=final', 'subject=Patient/none')), []);
  });

  test('a type that cannot be in the compartment', async () => {
    assert.equal((await server().request('GET', '/Patient/a/Organization')).status, 404);
  });
});

describe('search.html#multivalue', () => {
  const rows: [row: string, path: string, found: string[]][] = [
    ['repeated: all of them', '/Patient?given=anvar&given=zafar', ['Patient/a']],
    ['with commas: any of them', '/Patient?given=zafar,none', ['Patient/a']],
    ['both', '/Patient?given=anvar&family=aliyev,boboyev&gender=female', ['Patient/b']],
    ['a modifier is for every value', '/Patient?given:exact=Zafar,anvar', ['Patient/a']],
    ['different parameters: all of them', '/Observation?status=final&subject=Patient/b', ['Observation/final']],
    ['nothing meets all', '/Patient?given=zafar&gender=female', []],
  ];
  for (const [row, path, found] of rows) {
    test(row, async () => {
      assert.deepEqual(idsOf(await search(server(), path)).sort(), found);
    });
  }
});

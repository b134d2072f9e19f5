/** Search result parameters. https://hl7.org/fhir/R5/search.html#modifyingresults */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Reply } from '../environment.ts';
import { entriesOf, idsOf, linkTo, search } from '../searches.ts';
import { coded, encounter, narrative, observation, patient, to, world } from './table.ts';

const { server } = world(
  patient('a', {
    name: [{ family: 'Aliyev' }],
    birthDate: '1990-01-01',
    gender: 'male',
    text: narrative('first'),
    photo: [{ title: 'p' }],
  }),
  patient('b', { name: [{ family: 'Boboyev' }], birthDate: '1980-01-01', gender: 'male' }),
  patient('c', { name: [{ family: 'Chori' }], gender: 'female' }),
  patient('d', { name: [{ family: 'Aliyev', given: ['Zafar'] }], birthDate: '2000-01-01', gender: 'male' }),
  encounter('e', { subject: to('Patient/a') }),
  observation('o', { subject: to('Patient/a'), code: coded('http://loinc.org', '1-8') }),
  {
    ...{ resourceType: 'MedicationRequest', id: 'holder', status: 'active', intent: 'order', subject: to('Patient/a') },
    medication: { reference: to('#m') },
    contained: [{ resourceType: 'Medication', id: 'm', status: 'active', code: coded('http://acme.org/drugs', 'x') }],
  },
  { resourceType: 'Medication', id: 'stored', status: 'active', code: coded('http://acme.org/drugs', 'x') },
);

const asked = (path: string): Promise<Reply> => search(server(), path);
const ids = async (path: string): Promise<string[]> => idsOf(await asked(path)).map((name) => name.split('/')[1]!);
const totalOf = async (path: string): Promise<unknown> => (await asked(path)).json['total'];
const membersOf = async (path: string): Promise<string[]> =>
  Object.keys(entriesOf(await asked(path))[0]!.resource)
    .filter((name) => !['resourceType', 'id', 'meta'].includes(name))
    .sort();
const refused = async (path: string): Promise<[number, string]> => {
  const { status, code } = await server().request('GET', path);
  return [status, code];
};

describe('search.html#sort', () => {
  const rows: [row: string, path: string, order: string[]][] = [
    ['ascending, without a value last', '_sort=birthdate', ['b', 'a', 'd', 'c']],
    ['descending, without a value last', '_sort=-birthdate', ['d', 'a', 'b', 'c']],
    ['several', '_sort=family,-birthdate', ['d', 'a', 'b', 'c']],
    ['several, the other way round', '_sort=-family,birthdate', ['c', 'b', 'a', 'd']],
    ['by id', '_sort=-_id', ['d', 'c', 'b', 'a']],
    ['by a token', '_sort=gender,_id', ['c', 'a', 'b', 'd']],
  ];
  for (const [row, query, order] of rows) {
    test(row, async () => {
      assert.deepEqual(await ids(`/Patient?${query}`), order);
    });
  }
  test('by what is no parameter', async () => {
    assert.deepEqual(await refused('/Patient?_sort=nothing'), [400, 'search-parameter-unknown']);
  });
});

describe('search.html#total', () => {
  test('accurate', async () => assert.equal(await totalOf('/Patient?gender=male&_total=accurate&_count=1'), 3));
  test('estimate', async () => assert.equal(await totalOf('/Patient?gender=male&_total=estimate&_count=1'), 3));
  test('none', async () => assert.equal(await totalOf('/Patient?gender=male&_total=none'), undefined));
  test('another word', async () => {
    assert.deepEqual(await refused('/Patient?_total=exact'), [400, 'search-value-invalid']);
  });
});

describe('search.html#count', () => {
  test('as many as asked for, and a link to the others', async () => {
    const first = await asked('/Patient?_sort=_id&_count=3');
    assert.deepEqual(idsOf(first), ['Patient/a', 'Patient/b', 'Patient/c']);
    assert.deepEqual(idsOf(await asked(linkTo(first, 'next')!)), ['Patient/d']);
  });
  test('0 counts alone', async () => {
    const reply = await asked('/Patient?gender=male&_count=0');
    assert.deepEqual([reply.json['total'], reply.json['entry']], [3, undefined]);
  });
  test('no number', async () => {
    assert.deepEqual(await refused('/Patient?_count=-1'), [400, 'search-value-invalid']);
  });
});

describe('search.html#_maxresults', () => {
  test('ends the results', async () => {
    const first = await asked('/Patient?_sort=_id&_count=2&_maxresults=3');
    const second = await asked(linkTo(first, 'next')!);
    assert.deepEqual([idsOf(first).length, idsOf(second).length, linkTo(second, 'next')], [2, 1, undefined]);
  });
  test('is no number of results when there are fewer', async () => {
    assert.equal((await ids('/Patient?_maxresults=10')).length, 4);
  });
});

describe('search.html#summary', () => {
  const one = '/Patient?_id=a&_summary=';
  test('true: what is marked as summary', async () => {
    assert.deepEqual(await membersOf(`${one}true`), ['birthDate', 'gender', 'name']);
  });
  test('text: the narrative and what must be there', async () => {
    assert.deepEqual(await membersOf(`${one}text`), ['text']);
  });
  test('data: all but the narrative', async () => {
    assert.deepEqual(await membersOf(`${one}data`), ['birthDate', 'gender', 'name', 'photo']);
  });
  test('count: the number', async () => {
    const reply = await asked('/Patient?gender=female&_summary=count');
    assert.deepEqual([reply.json['total'], reply.json['entry']], [1, undefined]);
  });
  test('false: all', async () => {
    assert.deepEqual(await membersOf(`${one}false`), ['birthDate', 'gender', 'name', 'photo', 'text']);
  });
});

describe('search.html#elements', () => {
  test('those and the mandatory ones', async () => {
    assert.deepEqual(await membersOf('/Patient?_id=a&_elements=name'), ['name']);
    assert.deepEqual(await membersOf('/Observation?_id=o&_elements=subject'), ['code', 'status', 'subject']);
  });
  test('of a type', async () => {
    assert.deepEqual(await membersOf('/Patient?_id=a&_elements=Patient.gender'), ['gender']);
  });
  test('of a type, whatever brings its resources into the answer', async () => {
    const path = '/Observation?_id=o&_include=Observation:subject&_elements=Patient.gender';
    const shown = async (more: string): Promise<string[][]> =>
      entriesOf(await asked(path + more)).map(({ resource }) => Object.keys(resource).sort());
    const [whole, part] = await shown('');
    assert.deepEqual(part, ['gender', 'id', 'meta', 'resourceType']);
    assert.ok(whole!.includes('subject') && whole!.includes('code'));
    assert.deepEqual(await shown(',subject'), [['code', 'id', 'meta', 'resourceType', 'status', 'subject'], part]);
    const tagged = entriesOf(await asked(path)).map(({ resource }) => JSON.stringify(resource).includes('SUBSETTED'));
    assert.deepEqual(tagged, [false, true]);
    assert.deepEqual(await refused('/Observation?_elements=Patient.colour'), [400, 'parameter-invalid']);
  });
  test('an element that there is not', async () => {
    assert.deepEqual(await refused('/Patient?_elements=colour'), [400, 'parameter-invalid']);
  });
});

describe('search.html#score', () => {
  test('true: each match has one', async () => {
    const scores = entriesOf(await asked('/Patient?_text=first&_score=true')).map((entry) => entry.search.score);
    assert.ok(scores.length === 1 && scores[0]! > 0 && scores[0]! <= 1);
  });
  test('absent: none has', async () => {
    assert.equal(entriesOf(await asked('/Patient?_text=first'))[0]?.search.score, undefined);
  });
});

describe('search.html#contained', () => {
  const found = async (query: string): Promise<string[]> => idsOf(await asked(`/Medication?code=x&${query}`)).sort();
  test('false', async () => assert.deepEqual(await found('_contained=false'), ['Medication/stored']));
  test('true', async () => assert.deepEqual(await found('_contained=true'), ['MedicationRequest/holder']));
  test('both', async () =>
    assert.deepEqual(await found('_contained=both'), ['Medication/stored', 'MedicationRequest/holder']));
  test('container', async () => {
    assert.deepEqual(await found('_contained=true&_containedType=container'), ['MedicationRequest/holder']);
  });
  test('contained', async () => {
    assert.deepEqual(await found('_contained=true&_containedType=contained'), ['Medication/m']);
  });
  test('of another code', async () => {
    assert.deepEqual(idsOf(await asked('/Medication?code=y&_contained=both')), []);
  });
});

describe('search.html#include', () => {
  test('_include', async () => {
    assert.deepEqual(idsOf(await asked('/Encounter?_include=Encounter:subject'), 'include'), ['Patient/a']);
    assert.deepEqual(idsOf(await asked('/Encounter?_include=Encounter:subject:Group'), 'include'), []);
  });
  test('_revinclude', async () => {
    assert.deepEqual(idsOf(await asked('/Patient?_id=a&_revinclude=Observation:subject'), 'include'), [
      'Observation/o',
    ]);
    assert.deepEqual(idsOf(await asked('/Patient?_id=b&_revinclude=Observation:subject'), 'include'), []);
  });
});

test('search.html#_graph: refused, and said so', async () => {
  assert.deepEqual(await refused('/Patient?_graph=x'), [400, 'search-unsupported']);
});

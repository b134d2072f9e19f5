import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { baseUrl, patient, startServer, type TestServer } from './environment.ts';
import { entriesOf, found, idsOf, linkTo, post, put, search, toldBy } from './searches.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
  const person = (id: string, family: string, gender: string, birthDate: string): Record<string, unknown> =>
    patient({ id, name: [{ family }], gender, birthDate });
  await put(
    server,
    person('a', 'Usmonov', 'male', '1990-01-01'),
    person('b', 'Karimova', 'female', '1985-05-05'),
    person('c', 'Usmonova', 'female', '2000-10-10'),
    { resourceType: 'Practitioner', id: 'd', name: [{ family: 'Usmonov' }] },
  );
  // A decimal that JSON.parse and JSON.stringify would change.
  await server.request('PUT', '/Observation/o', {
    headers: { 'content-type': 'application/fhir+json' },
    body:
      '{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"},' +
      '"valueQuantity":{"value":1.50,"unit":"kg"}}',
  });
});
after(() => server.close());

describe('the Bundle', () => {
  test('holds the matches as they are stored, with their addresses and links', async () => {
    const reply = await search(server, '/Observation?subject=Patient/a');
    const [entry] = entriesOf(reply);
    assert.deepEqual([entry?.fullUrl, entry?.search], [`${baseUrl}/Observation/o`, { mode: 'match' }]);
    assert.match(reply.text, /"value":1\.50,/);
    assert.equal(reply.headers.get('content-type'), 'application/fhir+json; charset=utf-8');
    assert.equal(linkTo(reply, 'self'), '/Observation?subject=Patient/a&_count=20');
    assert.equal(linkTo(reply, 'first'), linkTo(reply, 'self'));
    assert.deepEqual([linkTo(reply, 'next'), linkTo(reply, 'previous')], [undefined, undefined]);
    // All is on the first page, so the number is known.
    assert.equal(reply.json['total'], 1);
  });

  test('without matches is empty, not an error', async () => {
    const reply = await search(server, '/Patient?identifier=https://nowhere.example%7C1');
    assert.deepEqual([reply.json['total'], reply.json['entry']], [0, undefined]);
    assert.deepEqual(await found(server, '/Observation?subject=Patient/nobody'), []);
  });

  test('of a type without parameters holds all of it and nothing else', async () => {
    assert.deepEqual(await found(server, '/Patient'), ['Patient/a', 'Patient/b', 'Patient/c']);
    assert.deepEqual(await found(server, '/Encounter'), []);
  });

  test('can be XML, pretty, compressed, and HEAD', async () => {
    const xml = await server.request('GET', '/Patient?family=Karimova', {
      headers: { accept: 'application/fhir+xml' },
    });
    assert.equal(xml.status, 200);
    assert.match(xml.text, /^<\?xml.*<Bundle xmlns="http:\/\/hl7.org\/fhir">.*<family value="Karimova"\/>/s);
    const formatted = await server.request('GET', '/Patient?family=Karimova&_format=xml&_pretty=true');
    assert.match(formatted.text, /\n {2}<type value="searchset"\/>/);
    assert.match(formatted.text, /Patient\?family=Karimova&amp;_format=xml&amp;_pretty=true&amp;_count=20/);
    const head = await server.request('HEAD', '/Patient?family=Karimova');
    assert.deepEqual([head.status, head.text], [200, '']);
  });

  test('is not found under a type that there is not', async () => {
    const reply = await server.request('GET', '/patient?name=x');
    assert.deepEqual([reply.status, reply.code], [404, 'type-unknown']);
  });
});

describe('parameters', () => {
  test('all count; a value list is an or; a repeated one is an and', async () => {
    assert.deepEqual(await found(server, '/Patient?family=usmon'), ['Patient/a', 'Patient/c']);
    assert.deepEqual(await found(server, '/Patient?family=usmon&gender=female'), ['Patient/c']);
    assert.deepEqual(await found(server, '/Patient?_id=a,b'), ['Patient/a', 'Patient/b']);
    assert.deepEqual(await found(server, '/Patient?birthdate=gt1986&birthdate=lt1999'), ['Patient/a']);
  });

  test('without a value are passed over, and not in the self link', async () => {
    const reply = await search(server, '/Patient?family=&gender=male');
    assert.deepEqual(idsOf(reply), ['Patient/a']);
    assert.equal(linkTo(reply, 'self'), '/Patient?gender=male&_count=20');
  });

  test('may come as a form, together with those of the address', async () => {
    const form = await post(server, '/Patient/_search', 'family=usmon&_elements=gender&_format=json');
    assert.deepEqual(idsOf(form).sort(), ['Patient/a', 'Patient/c']);
    assert.equal(entriesOf(form)[0]?.resource['name'], undefined, '_elements of the form count');
    const both = await post(server, '/Patient/_search?gender=female', 'family=usmon');
    assert.deepEqual(idsOf(both), ['Patient/c']);
    assert.equal(linkTo(both, 'self'), '/Patient?gender=female&family=usmon&_count=20');
    const twice = await post(server, '/Patient/_search?birthdate=gt1986', 'birthdate=lt1999');
    assert.deepEqual(idsOf(twice), ['Patient/a']);
    const cyrillic = await post(server, '/Patient/_search', new URLSearchParams({ family: 'Каримова' }).toString());
    assert.deepEqual(idsOf(cyrillic), ['Patient/b']);
    assert.deepEqual(idsOf(await post(server, '/Patient/_search', '')).length, 3);
    const xml = await post(server, '/Patient/_search', 'family=usmon&_format=xml');
    assert.match(xml.text, /^<\?xml/);
  });

  test('of a form may be many', async () => {
    const ids = Array.from({ length: 9_999 }, (_, i) => `x${i}`).join(',');
    assert.deepEqual(idsOf(await post(server, '/Patient/_search', `_id=${ids},a`)), ['Patient/a']);
  });

  test('come in no other body', async () => {
    const headers = { 'content-type': 'application/fhir+json' };
    const reply = await server.request('POST', '/Patient/_search', { headers, body: '{}' });
    assert.deepEqual([reply.status, reply.code], [415, 'search-form-expected']);
    const token = await post(server, '/Patient/_search', 'access_token=x');
    assert.deepEqual([token.status, token.code], [400, 'token-given-twice']);
  });
});

describe('what is shown', () => {
  test('_elements and _summary are of the matches, and leave a tag', async () => {
    const reply = await search(server, '/Patient?family=Karimova&_elements=birthDate');
    const { resource } = entriesOf(reply)[0] ?? {};
    assert.deepEqual(Object.keys(resource ?? {}).sort(), ['active', 'birthDate', 'id', 'meta', 'resourceType']);
    assert.match(JSON.stringify(resource?.['meta']), /SUBSETTED/);
    const data = await search(server, '/Patient?family=Karimova&_summary=true');
    assert.match(JSON.stringify(entriesOf(data)[0]?.resource['meta']), /SUBSETTED/);
    assert.match(linkTo(data, 'self') ?? '', /_summary=true/);
  });

  test('_score tells how good each match is: words by rank, places by distance, all else alike', async () => {
    const basic = (id: string, text: string) => ({ resourceType: 'Basic', id, code: { text } });
    const place = (id: string, latitude: number) => ({
      ...{ resourceType: 'Location', id, status: 'active', name: id },
      position: { latitude, longitude: 69.24 },
    });
    await put(server, basic('often', 'zebra zebra zebra'), basic('once', 'one zebra among many'), place('here', 41.31));
    await put(server, place('there', 41.4));
    const scored = async (query: string): Promise<[string, number][]> => {
      const { json } = await server.request('GET', `/${query}`);
      const entries = json['entry'] as { resource: { id: string }; search: { mode: string; score?: number } }[];
      return entries.map(({ resource: { id }, search: { score } }) => [id, score ?? NaN]);
    };
    const words = await scored('Basic?_content=zebra&_score=true&_sort=-_score');
    assert.deepEqual(
      words.map(([id]) => id),
      ['often', 'once'],
    );
    assert.ok(words[0]![1] > words[1]![1] && words[0]![1] <= 1 && words[1]![1] > 0, JSON.stringify(words));
    const [near, far] = await scored('Location?near=41.31|69.24|50|km&_score=true&_sort=-_score');
    assert.deepEqual([near, far![0]], [['here', 1], 'there']);
    assert.ok(far![1] > 0.08 && far![1] < 0.1, 'some 10 km');
    assert.deepEqual(await scored('Basic?_id=once&_score=true'), [['once', 1]]);
    assert.deepEqual(await scored('Basic?_id=once&_score=false'), [['once', NaN]]);
  });

  test('_summary=count and _count=0 tell the number only', async () => {
    for (const parameter of ['_summary=count', '_count=0', '_summary=count&_count=5']) {
      const reply = await search(server, `/Patient?family=usmon&${parameter}`);
      assert.deepEqual([reply.json['total'], reply.json['entry']], [2, undefined], parameter);
      const links = reply.json['link'] as { relation: string }[];
      assert.deepEqual(
        links.map(({ relation }) => relation),
        ['self'],
        parameter,
      );
    }
  });

  test('_total=accurate counts all matches, whatever is on the page', async () => {
    const counted = await search(server, '/Patient?_count=1&_total=accurate');
    assert.deepEqual([counted.json['total'], idsOf(counted).length], [3, 1]);
    const uncounted = await search(server, '/Patient?_count=1');
    assert.equal(uncounted.json['total'], undefined);
    const estimated = await search(server, '/Patient?_count=1&_total=estimate');
    assert.equal(typeof estimated.json['total'], 'number');
  });

  test('a page has a limit, and says so', async () => {
    const reply = await search(server, '/Patient?_count=5000');
    assert.match(linkTo(reply, 'self') ?? '', /_count=1000$/);
    assert.deepEqual(toldBy(reply), ['search-count-limited']);
    assert.deepEqual(idsOf(reply).length, 3);
    const outcome = entriesOf(reply).at(-1);
    assert.match(outcome?.fullUrl ?? '', /^urn:uuid:/);
  });
});

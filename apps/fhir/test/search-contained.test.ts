/** `_contained` and `_containedType`. https://hl7.org/fhir/R5/search.html#contained */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { baseUrl, patient, startServer, type Reply, type TestServer } from './environment.ts';
import { entriesOf, found, idsOf, linkTo, put, search } from './searches.ts';

const atc = 'http://www.whocc.no/atc';
const ucum = 'http://unitsofmeasure.org';
let server: TestServer;

function medication(id: string, code: string, more: object = {}): Record<string, unknown> {
  return { resourceType: 'Medication', id, status: 'active', code: { coding: [{ system: atc, code }] }, ...more };
}

function request(
  id: string,
  of: string,
  contained: Record<string, unknown>[],
  more: object = {},
): Record<string, unknown> {
  return {
    resourceType: 'MedicationRequest',
    id,
    status: 'active',
    intent: 'order',
    subject: { reference: `Patient/${of}` },
    contained,
    medication: { reference: { reference: '#m1' } },
    supportingInformation: contained.map((each) => ({ reference: `#${String(each['id'])}` })),
    ...more,
  };
}

const measured = {
  resourceType: 'Observation',
  id: 'inner',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '2339-0' }] },
  subject: { reference: 'Patient/b' },
  effectiveDateTime: '2026-03-04',
  valueQuantity: { value: 5400, unit: 'mg', system: ucum, code: 'mg' },
};

before(async () => {
  server = await startServer({ healthWorkers: 'as-scoped' });
  await put(
    server,
    patient({ id: 'a' }),
    patient({ id: 'b', name: [{ family: 'Usmonov' }] }),
    medication('stored', 'A01'),
    request('one', 'a', [medication('m1', 'A01'), medication('m2', 'B02', { status: 'inactive' })]),
    request('two', 'b', [
      medication('m1', 'B02', { marketingAuthorizationHolder: { reference: 'Organization/maker' } }),
      {
        resourceType: 'Organization',
        id: 'o',
        name: 'Dorixona Shifo',
      },
    ]),
    request('three', 'b', [], {
      medication: { reference: { reference: 'Medication/stored' } },
      contained: undefined,
      supportingInformation: undefined,
    }),
    {
      resourceType: 'Observation',
      id: 'outer',
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: 'panel' }] },
      subject: { reference: 'Patient/a' },
      effectiveDateTime: '2026-05-06',
      hasMember: [{ reference: '#inner' }],
      extension: ['place', 'risk', 'codes'].map((id) => ({
        url: 'https://example.uz/StructureDefinition/about',
        valueReference: { reference: `#${id}` },
      })),
      contained: [
        measured,
        { resourceType: 'Location', id: 'place', position: { latitude: 41.31, longitude: 69.24 } },
        {
          resourceType: 'RiskAssessment',
          id: 'risk',
          status: 'final',
          subject: { reference: 'Patient/a' },
          prediction: [{ probabilityDecimal: 0.8 }],
        },
        { resourceType: 'ValueSet', id: 'codes', status: 'active', url: 'https://example.uz/ValueSet/codes' },
      ],
    },
  );
});
after(() => server.close());

const urlsOf = (reply: Reply): string[] =>
  entriesOf(reply).flatMap(({ fullUrl, search: { mode } }) =>
    mode === 'match' ? [fullUrl.slice(baseUrl.length + 1)] : [],
  );

/** The addresses of the matches, in alphabetical order. */
const parts = async (path: string, token?: string): Promise<string[]> =>
  urlsOf(await search(server, path, token === undefined ? {} : { token })).sort();

describe('_contained', () => {
  test('is false where nothing is said: contained resources are no matches', async () => {
    for (const query of [
      'code=A01',
      'code=A01&_contained=false',
      'code=A01&_contained=false&_containedType=contained',
    ]) {
      assert.deepEqual(await found(server, `/Medication?${query}`), ['Medication/stored'], query);
    }
    assert.deepEqual(await found(server, '/Organization?name=dorixona'), []);
  });

  test('=true finds the containers of those that match, and nothing that is stored by itself', async () => {
    assert.deepEqual(await found(server, '/Medication?code=A01&_contained=true'), ['MedicationRequest/one']);
    assert.deepEqual(await found(server, '/Medication?code=B02&_contained=true'), [
      'MedicationRequest/one',
      'MedicationRequest/two',
    ]);
    assert.deepEqual(await found(server, '/Medication?code=C03&_contained=true'), []);
    const reply = await search(server, '/Medication?code=A01&_contained=true&_containedType=container');
    assert.deepEqual(urlsOf(reply), ['MedicationRequest/one']);
    assert.equal(linkTo(reply, 'self'), '/Medication?code=A01&_contained=true&_containedType=container&_count=20');
  });

  test('=true includes what the containers refer to, whatever they are, and what refers to them', async () => {
    const reply = await search(server, '/Medication?code=A01&_contained=true&_include=MedicationRequest:subject');
    assert.deepEqual(idsOf(reply, 'include'), ['Patient/a']);
    const back = await server.request('GET', '/Medication?_contained=true&_revinclude=MedicationDispense:prescription');
    assert.equal(back.status, 200);
    for (const where of ['', '_contained=false&']) {
      const refused = await server.request('GET', `/Medication?${where}_include=MedicationRequest:subject`);
      assert.deepEqual([refused.status, refused.code], [400, 'search-combination-invalid']);
    }
  });

  test('=both finds both', async () => {
    assert.deepEqual(await found(server, '/Medication?code=A01&_contained=both'), [
      'Medication/stored',
      'MedicationRequest/one',
    ]);
    assert.deepEqual(await parts('/Medication?code=A01&_contained=both&_containedType=contained'), [
      'Medication/stored',
      'MedicationRequest/one#m1',
    ]);
  });

  test('with _containedType=contained gives the contained resource itself, under the address of its container', async () => {
    const reply = await search(server, '/Medication?code=B02&_contained=true&_containedType=contained&_sort=_id');
    assert.deepEqual(
      entriesOf(reply).map(({ fullUrl, resource, search: { mode } }) => [
        fullUrl,
        resource.id,
        resource['status'],
        mode,
      ]),
      [
        [`${baseUrl}/MedicationRequest/one#m2`, 'm2', 'inactive', 'match'],
        [`${baseUrl}/MedicationRequest/two#m1`, 'm1', 'active', 'match'],
      ],
    );
  });

  test('asks all conditions of the same contained resource', async () => {
    assert.deepEqual(await found(server, '/Medication?code=B02&status=active&_contained=true'), [
      'MedicationRequest/two',
    ]);
    assert.deepEqual(await found(server, '/Medication?code=A01&status=inactive&_contained=true'), []);
  });
});

describe('contained resources are found by parameters of every type:', () => {
  const rows: [what: string, path: string, hit: string, miss: string][] = [
    ['token', '/Medication?', `code=${atc}%7CA01`, `code=http://loinc.org%7CA01`],
    ['token :not', '/Medication?', 'code:not=B02', 'code:not=A01,B02'],
    ['token :missing', '/Medication?', 'marketingauthorizationholder:missing=false', 'code:missing=true'],
    ['string', '/Organization?', 'name=dorix', 'name=shifo'],
    ['string :contains', '/Organization?', 'name:contains=shifo', 'name:contains=shifok'],
    ['string :exact', '/Organization?', 'name:exact=Dorixona Shifo', 'name:exact=dorixona shifo'],
    ['main date', '/Observation?', 'date=2026-03', 'date=2026-05'],
    [
      'quantity in another unit',
      '/Observation?',
      `value-quantity=5.4%7C${ucum}%7Cg`,
      `value-quantity=5.4%7C${ucum}%7Ckg`,
    ],
    ['number', '/RiskAssessment?', 'probability=gt0.7', 'probability=gt0.9'],
    ['reference', '/Observation?', 'subject=Patient/b', 'subject=Patient/a'],
    ['chain', '/Observation?', 'subject:Patient.family=usmonov', 'subject:Patient.family=karimov'],
    ['uri', '/ValueSet?', 'url=https://example.uz/ValueSet/codes', 'url=https://example.uz/ValueSet/other'],
    ['composite', '/Observation?', 'code-value-quantity=2339-0$gt5', 'code-value-quantity=panel$gt5'],
    ['place', '/Location?', 'near=41.3|69.2|10|km', 'near=39.6|66.9|10|km'],
    ['_id', '/Observation?', '_id=inner', '_id=outer'],
    ['_filter', '/Observation?', '_filter=code eq 2339-0 and date ge 2026-01-01', '_filter=code eq panel'],
    [
      '_has, since nothing refers to it',
      '/Observation?',
      '_lastUpdated=gt2020',
      '_has:Observation:has-member:code=panel',
    ],
  ];
  for (const [what, path, hit, miss] of rows) {
    test(what, async () => {
      assert.notDeepEqual(await parts(`${path}${hit}&_contained=true`), [], hit);
      assert.deepEqual(await parts(`${path}${miss}&_contained=true`), [], miss);
    });
  }
});

test('what is known of whole resources only is refused', async () => {
  for (const query of [
    '_sort=identifier',
    '_content=shifo',
    '_text=shifo',
    '_filter=_lastUpdated gt 2020-01-01 or code eq A01',
  ]) {
    const reply = await server.request('GET', `/Medication?_contained=true&${query}`);
    assert.equal(reply.status, 400, query);
    assert.deepEqual((reply.json['issue'] as { location: string[] }[])[0]?.location, ['http._contained']);
  }
});

test('changes with the container', async () => {
  const container = (code: string): Record<string, unknown> => request('changing', 'a', [medication('m1', code)]);
  const of = (code: string): Promise<string[]> => found(server, `/Medication?code=${code}&_contained=true`);
  await put(server, container('X01'));
  assert.deepEqual([await of('X01'), await of('X02')], [['MedicationRequest/changing'], []]);
  await server.write('PUT', '/MedicationRequest/changing', container('X02'), { 'if-match': 'W/"1"' });
  assert.deepEqual([await of('X01'), await of('X02')], [[], ['MedicationRequest/changing']]);
  await server.write('PUT', '/MedicationRequest/changing', container('X01'), { 'if-match': 'W/"2"' });
  assert.deepEqual([await of('X01'), await of('X02')], [['MedicationRequest/changing'], []]);
  const gone = await server.request('DELETE', '/MedicationRequest/changing', { headers: { 'if-match': 'W/"3"' } });
  assert.equal(gone.status, 200, gone.text);
  assert.deepEqual([await of('X01'), await of('X02')], [[], []]);
});

describe('many of them', () => {
  const count = 25;
  before(async () => {
    for (let n = 0; n < count; n += 1) {
      const inside = Array.from({ length: (n % 3) + 1 }, (_, m) =>
        medication(`m${m + 1}`, 'P01', { batch: { lotNumber: `${n}.${m}` } }),
      );
      const reply = await server.write(
        'PUT',
        `/MedicationRequest/many-${n + 10}`,
        request(`many-${n + 10}`, 'a', inside),
      );
      assert.equal(reply.status, 201, reply.text);
    }
  });
  const all = Array.from({ length: count }, (_, n) => n).flatMap((n) =>
    Array.from({ length: (n % 3) + 1 }, (_, m) => `MedicationRequest/many-${n + 10}#m${m + 1}`),
  );

  test('come in pages, each once, forth and back', async () => {
    const base = '/Medication?code=P01&_contained=true&_containedType=contained&_sort=_id&_count=5';
    const pages: string[][] = [];
    let last: Reply | undefined;
    for (let next: string | undefined = base; next !== undefined; next = linkTo(last, 'next')) {
      last = await search(server, next);
      pages.push(urlsOf(last));
    }
    assert.deepEqual(pages.flat(), all);
    assert.ok(pages.every((page) => page.length <= 5 && page.length > 0));
    const before = await search(server, linkTo(last!, 'previous')!);
    assert.ok(urlsOf(before).length > 0 && urlsOf(before).length <= 5);
    assert.equal(urlsOf(before).at(-1), pages.at(-2)!.at(-1), 'the page before ends where that page ended');
  });

  test('are counted: containers, or contained resources', async () => {
    const totalOf = async (query: string): Promise<unknown> =>
      (await search(server, `/Medication?code=P01&_total=accurate&_count=3&${query}`)).json['total'];
    const containers = new Set(all.map((url) => url.split('#')[0])).size;
    assert.equal(await totalOf('_contained=true'), containers);
    assert.equal(await totalOf('_contained=true&_containedType=contained'), all.length);
    await put(server, medication('of-its-own', 'P01'));
    assert.equal(await totalOf('_contained=both'), containers + 1);
    assert.equal(await totalOf('_contained=both&_containedType=contained'), all.length + 1);
    assert.equal(await totalOf(''), 1);
  });

  test('without a condition all of the type are found', async () => {
    const reply = await search(server, '/Medication?_contained=true&_containedType=contained&_count=100');
    assert.deepEqual(
      urlsOf(reply).sort(),
      [...all, 'MedicationRequest/one#m1', 'MedicationRequest/one#m2', 'MedicationRequest/two#m1'].sort(),
    );
    assert.equal(reply.json['total'], all.length + 3);
  });
});

describe('chains lead into what a resource contains', () => {
  test('and find it by what that is', async () => {
    assert.deepEqual(await found(server, '/MedicationRequest?medication:Medication.code=A01'), [
      'MedicationRequest/one',
      'MedicationRequest/three',
    ]);
    assert.deepEqual(await found(server, '/MedicationRequest?medication:Medication.code=C03'), []);
    assert.deepEqual(await found(server, '/Observation?has-member.date=2026-03'), ['Observation/outer']);
    assert.deepEqual(await found(server, '/Observation?has-member.date=2026-05'), []);
    assert.deepEqual(await found(server, '/Observation?has-member.subject:Patient.family=usmonov'), [
      'Observation/outer',
    ]);
  });

  test('by the parameter that refers to it, and by no other', async () => {
    // `one` contains B02 too, but not as its medication.
    assert.deepEqual(await found(server, '/MedicationRequest?medication:Medication.code=B02'), [
      'MedicationRequest/two',
    ]);
  });
});

describe('a token that permits only some containers', () => {
  test('finds what those contain', async () => {
    const claims = { scope: 'patient/Medication.rs patient/MedicationRequest.rs', patient: 'a' };
    const token = await server.sso.token(claims);
    assert.deepEqual(await parts('/Medication?code=B02&_contained=true', token), ['MedicationRequest/one']);
    const total = await search(server, '/Medication?code=B02&_contained=true&_containedType=contained&_summary=count', {
      token,
    });
    assert.equal(total.json['total'], 1);
  });

  test('finds nothing in types that it does not permit', async () => {
    const token = await server.sso.token({ scope: 'system/Medication.rs' });
    assert.deepEqual(await parts('/Medication?code=A01&_contained=both', token), ['Medication/stored']);
    const foreign = await server.sso.token({ scope: 'system/MedicationRequest.rs' });
    assert.equal((await server.request('GET', '/Medication?_contained=true', { token: foreign })).status, 403);
  });
});

test('several types at once, and decimals as they were written', async () => {
  await put(server, {
    ...{
      resourceType: 'Observation',
      id: 'exact',
      status: 'final',
      code: { text: 'x' },
      hasMember: [{ reference: '#o' }],
    },
    contained: [{ resourceType: 'Observation', id: 'o', status: 'final', code: { text: 'decimal' } }],
  });
  const body =
    '{"resourceType":"Observation","id":"digits","status":"final","code":{"text":"x"},"hasMember":[{"reference":"#o"}],' +
    '"contained":[{"resourceType":"Observation","id":"o","status":"amended","code":{"text":"y"},"valueQuantity":{"value":1.500}}]}';
  const headers = { 'content-type': 'application/fhir+json' };
  assert.equal((await server.request('PUT', '/Observation/digits', { headers, body })).status, 201);
  const reply = await search(server, '/Observation?status=amended&_contained=true&_containedType=contained');
  assert.match(reply.text, /"value":1\.500/);
  const both = await search(server, '/?_type=Organization,Location&_contained=true&_containedType=contained');
  assert.deepEqual(urlsOf(both).sort(), ['MedicationRequest/two#o', 'Observation/outer#place']);
  assert.deepEqual(idsOf(both).sort(), ['Location/place', 'Organization/o']);
});

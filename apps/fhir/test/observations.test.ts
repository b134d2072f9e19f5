/** `Observation/$lastn` and `Observation/$stats`. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { send } from './bundles.ts';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';

const loinc = 'http://loinc.org';
const now = new Date('2026-06-30T12:00:00Z');

type Json = Readonly<Record<string, unknown>>;

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false, clock: () => now });
  const reply = await send(server, 'transaction', [...patients, ...lastOnes, ...measured, ...population].map(entry));
  assert.equal(reply.status, 200, reply.text.slice(0, 1000));
});
after(() => server.close());

function entry(resource: Json & { readonly resourceType: string; readonly id: string }): object {
  return { resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` } };
}

function observation(
  id: string,
  subject: string,
  code: object,
  more: object,
): Json & { resourceType: string; id: string } {
  const category = [
    { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] },
  ];
  return {
    ...{ resourceType: 'Observation', id, status: 'final', category },
    ...{ code, subject: { reference: `Patient/${subject}` }, ...more },
  };
}

const coded = (...codes: readonly string[]): object => ({
  coding: codes.map((code) => {
    const [system, name] = code.split('|');
    return name === undefined ? { system: 'urn:c', code: system } : { system, code: name };
  }),
});
const quantity = (value: number, code: string, more: object = {}): object => ({
  valueQuantity: { value, unit: code, system: 'http://unitsofmeasure.org', code, ...more },
});

const patients = ['p', 'q', 'g1', 'g2', 'g3', 'g4', 'g5'].map((id) => ({ resourceType: 'Patient', id }));

/** The table of the definition of `$lastn`, and what is not in it. */
const lastOnes = [
  observation('a1', 'p', coded('a'), { effectiveDateTime: '2026-01-01' }),
  observation('a2', 'p', coded('a'), { effectiveDateTime: '2026-01-03' }),
  observation('a3', 'p', coded('a'), { effectivePeriod: { start: '2026-01-02', end: '2026-02-01' } }),
  observation('b1', 'p', coded('b'), { effectiveInstant: '2026-01-02T00:00:00Z' }),
  observation('ac', 'p', coded('a', 'c'), { effectiveDateTime: '2026-01-02T08:00:00Z', status: 'entered-in-error' }),
  observation('c1', 'p', coded('c'), { effectiveDateTime: '2026-01-05' }),
  observation('other-system', 'p', coded('urn:d|a'), { effectiveDateTime: '2025-01-01' }),
  observation('t1', 'p', { text: 'Text' }, { effectiveDateTime: '2026-01-01' }),
  observation('t2', 'p', { text: 'text' }, { effectiveDateTime: '2026-01-01' }),
  observation('t3', 'p', { text: 'text' }, { effectiveDateTime: '2026-01-01' }),
  observation('undated', 'p', coded('u'), {}),
  observation('dated', 'p', coded('u'), { effectiveDateTime: '2000' }),
  observation('q1', 'q', coded('a'), { effectiveDateTime: '2026-03-01' }),
];

const pressure = [
  observation('panel', 'q', coded(`${loinc}|85354-9`), {
    effectiveDateTime: '2026-06-30T10:00:00Z',
    component: [
      { code: coded(`${loinc}|8480-6`), ...quantity(120, 'mm[Hg]') },
      { code: coded(`${loinc}|8462-4`), ...quantity(80, 'mm[Hg]') },
    ],
  }),
  observation('member', 'q', coded(`${loinc}|8867-4`), {
    effectiveDateTime: '2026-06-30T10:00:00Z',
    ...quantity(60, '/min'),
  }),
  observation('panel2', 'q', coded(`${loinc}|85354-9`), {
    effectiveDateTime: '2026-06-30T11:00:00Z',
    hasMember: [{ reference: 'Observation/member' }],
    component: [{ code: coded(`${loinc}|8480-6`), ...quantity(130, 'mm[Hg]') }],
  }),
];

/** Weights 2, 4, 4, 4, 5, 5, 7, 9 kg, an hour apart; one of them in grams; and what has no value to compute with. */
const weights = [2, 4, 4, 4, 5, 5, 7, 9];
const measured = [
  ...pressure,
  ...weights.map((value, n) =>
    observation(`w${n}`, 'q', coded(`${loinc}|29463-7`), {
      effectiveDateTime: `2026-06-30T0${n}:00:00Z`,
      ...(n === 0 ? quantity(value * 1000, 'g') : quantity(value, 'kg')),
    }),
  ),
  observation('below', 'q', coded(`${loinc}|29463-7`), quantity(1, 'kg', { comparator: '<' })),
  observation('length', 'q', coded(`${loinc}|29463-7`), quantity(1, 'cm')),
  observation('words', 'q', coded(`${loinc}|29463-7`), { valueString: 'heavy' }),
  observation('wrong', 'q', coded(`${loinc}|29463-7`), { status: 'entered-in-error', ...quantity(1000, 'kg') }),
  observation('of-p', 'p', coded(`${loinc}|29463-7`), quantity(1000, 'kg')),
];

const members = ['g1', 'g2', 'g3', 'g4', 'g5'];
const group = (id: string, who: readonly string[]): Json & { resourceType: string; id: string } => ({
  ...{ resourceType: 'Group', id, type: 'person', membership: 'enumerated' },
  member: who.map((each) => ({ entity: { reference: `Patient/${each}` }, ...(each === 'q' && { inactive: true }) })),
});
const population = [
  ...members.map((id, n) => observation(`h-${id}`, id, coded('h'), quantity(n + 1, 'cm'))),
  observation('i-g1', 'g1', coded('i'), quantity(1, 'cm')),
  observation('h-q', 'q', coded('h'), quantity(1000, 'cm')),
  group('five', [...members, 'q']),
  group('four', members.slice(1)),
];

function idsIn(reply: Reply): string[] {
  assert.equal(reply.status, 200, reply.text.slice(0, 600));
  assert.deepEqual([reply.json['resourceType'], reply.json['type']], ['Bundle', 'searchset']);
  const entries = (reply.json['entry'] ?? []) as { fullUrl: string; resource: { id: string } }[];
  assert.equal(reply.json['total'], entries.length);
  return entries.map(({ fullUrl, resource }) => {
    assert.equal(fullUrl, `${baseUrl}/Observation/${resource.id}`);
    return resource.id;
  });
}

const lastn = async (query: string, token?: string): Promise<string[]> =>
  idsIn(await server.request('GET', `/Observation/$lastn?${query}`, token === undefined ? {} : { token }));

describe('$lastn', () => {
  test('the most recent of each code, where codings are the same as those that they stand beside', async () => {
    const codes = 'code=urn:c|a,urn:c|b,urn:c|c';
    assert.deepEqual(await lastn(`patient=p&${codes}`), ['c1', 'b1']);
    assert.deepEqual(await lastn(`patient=Patient/p&${codes}&status:not=entered-in-error`), ['c1', 'a2', 'b1']);
    assert.deepEqual(await lastn(`subject=Patient/p&${codes}&max=2`), ['c1', 'a2', 'b1']);
    assert.deepEqual(await lastn(`subject=Patient/p&${codes}&max=9`), ['c1', 'a2', 'ac', 'b1', 'a3', 'a1']);
    assert.deepEqual(
      await lastn('patient=p&code=a'),
      ['a2', 'other-system'],
      'a code of another system is another one',
    );
  });

  test('texts are compared as they are, those of the same time come together, and what has no time comes last', async () => {
    const found = await lastn('patient=p&category=vital-signs&code:missing=false');
    assert.ok(found.includes('c1') && found.includes('b1') && found.includes('dated'), found.join());
    assert.deepEqual(found.filter((id) => id.startsWith('t')).sort(), ['t1', 't2', 't3']);
    assert.ok(!found.includes('undated'), found.join());
    const two = await lastn('patient=p&category=vital-signs&max=2');
    assert.deepEqual(two.slice(-1), ['undated']);
  });

  test('what a search narrows narrows it, and each subject has observations of its own', async () => {
    assert.deepEqual(await lastn('patient=p&category=vital-signs&date=lt2026-01-02&code=a,b'), ['a1', 'other-system']);
    assert.deepEqual(await lastn('patient=p,q&code=urn:c|a&status=final'), ['q1', 'a2']);
    assert.deepEqual(await lastn('patient=nobody&category=vital-signs'), []);
  });

  test('by POST, with the parameters as parts', async () => {
    const parameter = [
      { name: 'patient', valueString: 'p' },
      { name: 'code', valueString: 'urn:c|a,urn:c|b,urn:c|c' },
      { name: 'max', valuePositiveInt: 2 },
    ];
    const reply = await server.write('POST', '/Observation/$lastn', { resourceType: 'Parameters', parameter });
    assert.deepEqual(idsIn(reply), ['c1', 'a2', 'b1']);
    const [link] = reply.json['link'] as { url: string }[];
    const again = await server.request('GET', link!.url.slice(baseUrl.length));
    assert.deepEqual(idsIn(again), ['c1', 'a2', 'b1'], 'the link asks the same');
  });

  test('who may not search all of it finds what a search finds', async () => {
    const own = await server.sso.token({ scope: 'patient/Observation.rs', patient: 'q' });
    assert.deepEqual(await lastn('patient=p,q&code=urn:c|a', own), ['q1']);
    const narrow = await server.sso.token({ scope: 'system/Observation.rs?status=final' });
    assert.deepEqual(await lastn('patient=p&code=urn:c|a,urn:c|c', narrow), ['c1', 'a2']);
    const none = await server.sso.token({ scope: 'system/Patient.rs' });
    const reply = await server.request('GET', '/Observation/$lastn?patient=p&code=a', { token: none });
    assert.deepEqual([reply.status, reply.code], [403, 'scope-insufficient']);
  });

  test('what is missing or wrong is named', async () => {
    for (const [query, name] of [
      ['code=a', 'patient'],
      ['patient=p', 'category'],
      ['patient=p&status=final', 'category'],
      ['patient=p&code=a&max=0', 'max'],
      ['patient=p&code=a&max=1&max=2', 'max'],
      ['patient=p&code=a&_count=5', '_count'],
      ['patient=p&code=a&_revinclude=Provenance:target', '_revinclude'],
    ] as const) {
      const reply = await server.request('GET', `/Observation/$lastn?${query}`);
      assert.deepEqual([reply.status, reply.code], [400, 'parameter-invalid'], query);
      assert.ok(reply.sentence.includes(name), reply.sentence);
    }
    assert.equal((await server.request('GET', '/Observation/$lastn?patient=p&code=a&colour=red')).status, 400);
    const parameter = [{ name: 'patient', valueReference: { reference: 'Patient/p' } }];
    const reply = await server.write('POST', '/Observation/$lastn', { resourceType: 'Parameters', parameter });
    assert.deepEqual([reply.status, reply.code], [400, 'parameter-invalid']);
    assert.match(reply.text, /Parameters\.parameter\[0\]/);
  });
});

interface Component {
  readonly code: { readonly coding: readonly [{ readonly code: string }]; readonly text?: string };
  readonly valueQuantity?: { readonly value: number; readonly code?: string };
  readonly dataAbsentReason?: { readonly coding: readonly [{ readonly code: string }] };
}
type Named = Readonly<Record<string, readonly (string | number | undefined)[]>>;

/** Value and unit, or why there is none, by statistic, by code. */
function resultsIn(reply: Reply): Readonly<Record<string, Named>> {
  assert.equal(reply.status, 200, reply.text.slice(0, 600));
  const parts = reply.json['parameter'] as { name: string; resource: Json & { component: readonly Component[] } }[];
  const found = parts.filter(({ name }) => name === 'statistics').map(({ resource }) => resource);
  return Object.fromEntries(
    found.map((each) => {
      assert.deepEqual([each['resourceType'], each['status']], ['Observation', 'final']);
      const [{ code }] = (each['code'] as Component['code']).coding;
      const values = each.component.map(({ code, valueQuantity, dataAbsentReason }) => [
        [code.coding[0].code, code.text].filter(Boolean).join(' '),
        dataAbsentReason?.coding[0].code === undefined
          ? [valueQuantity?.value, valueQuantity?.code]
          : [dataAbsentReason.coding[0].code],
      ]);
      return [code, Object.fromEntries(values) as Named];
    }),
  );
}

const ofWeights = `subject=Patient/q&system=${loinc}&code=29463-7`;
const stats = (query: string, token?: string): Promise<Reply> =>
  server.request('GET', `/Observation/$stats?${query}`, token === undefined ? {} : { token });

describe('$stats', () => {
  test('every statistic, over what has a value in a unit that fits', async () => {
    const { concept } = (
      await import('hl7.fhir.r5.core/CodeSystem-observation-statistics.json', { with: { type: 'json' } })
    ).default as { concept: readonly { code: string }[] };
    const all = concept.map(({ code }) => `statistic=${code}`).join('&');
    const reply = await stats(`${ofWeights}&${all}`);
    const { '29463-7': found } = resultsIn(reply);
    assert.deepEqual(found, {
      average: [5, 'kg'],
      maximum: [9, 'kg'],
      minimum: [2, 'kg'],
      count: [8, '1'],
      'total-count': [11, '1'],
      median: [4.5, 'kg'],
      // The distances from 5 are 3, 1, 1, 1, 0, 0, 2, 4: their squares are 32 together.
      variance: [4.57142857143, 'kg2'],
      'std-dev': [2.1380899353, 'kg'],
      sum: [40, 'kg'],
      '20-percent': [4, 'kg'],
      '80-percent': [6.2, 'kg'],
      '4-lower': [4, 'kg'],
      '4-upper': [5.5, 'kg'],
      '4-dev': [0.75, 'kg'],
      '5-1': [4, 'kg'],
      '5-2': [4, 'kg'],
      '5-3': [5, 'kg'],
      '5-4': [6.2, 'kg'],
      // Cubes: -27 - 1 - 1 - 1 + 8 + 64 = 42, an eighth of it by 2³. Fourth powers: 81 + 3 + 16 + 256 = 356, an eighth of it by 2⁴.
      skew: [0.65625, '1'],
      kurtosis: [2.78125, '1'],
      'regression Gradient': [0.809523809524, 'kg/h'],
      'regression Intercept': [2.16666666667, 'kg'],
    });
  });

  test('the period is told and narrows; the last hours are a period, too', async () => {
    const parameter = [
      { name: 'subject', valueUri: `${baseUrl}/Patient/q` },
      { name: 'coding', valueCoding: { system: loinc, code: '29463-7' } },
      { name: 'period', valuePeriod: { start: '2026-06-30T02:00:00Z', end: '2026-06-30T04:00:00Z' } },
      ...['count', 'average', 'regression'].map((valueCode) => ({ name: 'statistic', valueCode })),
    ];
    const reply = await server.write('POST', '/Observation/$stats', { resourceType: 'Parameters', parameter });
    const found = resultsIn(reply)['29463-7']!;
    assert.deepEqual(found['count'], [3, '1']);
    assert.deepEqual(found['average'], [4.33333333333, 'kg']);
    assert.deepEqual(
      found['regression Intercept'],
      [3.83333333333, 'kg'],
      'hours count from the beginning of the period',
    );
    const [{ resource }] = reply.json['parameter'] as [{ resource: Json }];
    assert.deepEqual(resource['effectivePeriod'], { start: '2026-06-30T02:00:00Z', end: '2026-06-30T04:00:00Z' });
    assert.deepEqual(resource['subject'], { reference: 'Patient/q' });
    const lately = resultsIn(await stats(`${ofWeights}&duration=6.5&statistic=count,sum`))['29463-7'];
    assert.deepEqual(lately, { count: [2, '1'], sum: [16, 'kg'] });
  });

  test('of a panel each of its parts, and a component by its own code', async () => {
    const query = `subject=Patient/q&system=${loinc}&statistic=count&statistic=maximum`;
    assert.deepEqual(resultsIn(await stats(`${query}&code=85354-9`)), {
      '8480-6': { count: [2, '1'], maximum: [130, 'mm[Hg]'] },
      '8462-4': { count: [1, '1'], maximum: [80, 'mm[Hg]'] },
      '8867-4': { count: [1, '1'], maximum: [60, '/min'] },
    });
    assert.deepEqual(resultsIn(await stats(`${query}&code=8462-4`)), {
      '8462-4': { count: [1, '1'], maximum: [80, 'mm[Hg]'] },
    });
    const both = resultsIn(await stats(`${query}&code=85354-9&code=8867-4&code=8480-6`));
    assert.deepEqual(both['8480-6'], { count: [2, '1'], maximum: [130, 'mm[Hg]'] }, 'nothing counts twice');
    assert.deepEqual(both['8867-4'], { count: [1, '1'], maximum: [60, '/min'] });
  });

  test('what it is based on comes along when it is asked for', async () => {
    const sources = async (query: string): Promise<string[]> => {
      const reply = await stats(`${ofWeights}&statistic=count&${query}`);
      const parts = reply.json['parameter'] as { name: string; resource: { id: string } }[];
      return parts.filter(({ name }) => name === 'source').map(({ resource }) => resource.id);
    };
    assert.equal((await sources('include=true')).length, 11);
    assert.deepEqual(await sources('include=true&limit=2'), ['w7', 'w6']);
    assert.deepEqual(await sources('limit=2'), []);
    assert.deepEqual(await sources('include=false'), []);
  });

  test('where there is nothing to compute it says so', async () => {
    const found = resultsIn(
      await stats(`subject=Patient/nobody&system=urn:c&code=a&code=b&statistic=count,average,total-count`),
    );
    const none = { count: [0, '1'], average: ['not-a-number'], 'total-count': [0, '1'] };
    assert.deepEqual(found, { a: none, b: none });
    const one = resultsIn(
      await stats('subject=Patient/g1&system=urn:c&code=i&statistic=average,variance,skew,regression'),
    );
    assert.deepEqual(one['i'], {
      ...{ average: [1, 'cm'], variance: ['not-a-number'], skew: ['not-a-number'] },
      ...{ 'regression Gradient': ['not-a-number'], 'regression Intercept': ['not-a-number'] },
    });
  });

  test('of the active members of a Group, masked where they are fewer than five', async () => {
    const query = 'system=urn:c&code=h&statistic=count,average';
    assert.deepEqual(resultsIn(await stats(`subject=Group/five&${query}`)), {
      h: { count: [5, '1'], average: [3, 'cm'] },
    });
    assert.deepEqual(resultsIn(await stats(`subject=Group/four&${query}`)), {
      h: { count: ['masked'], average: ['masked'] },
    });
    const rare = resultsIn(await stats('subject=Group/five&system=urn:c&code=i&statistic=maximum'));
    assert.deepEqual(rare, { i: { maximum: ['masked'] } });
    const refused = await stats(`subject=Group/five&${query}&include=true`);
    assert.deepEqual([refused.status, refused.code], [400, 'parameter-invalid']);
    const missing = await stats(`subject=Group/nobody&${query}`);
    assert.deepEqual([missing.status, missing.code], [400, 'parameter-invalid']);
    assert.match(missing.sentence, /subject/);
  });

  test('only what the caller may search counts', async () => {
    const narrow = await server.sso.token({ scope: 'system/Observation.rs?_id=w1,w2' });
    assert.deepEqual(resultsIn(await stats(`${ofWeights}&statistic=total-count`, narrow))['29463-7'], {
      'total-count': [2, '1'],
    });
    const other = await server.sso.token({ scope: 'patient/Observation.rs', patient: 'p' });
    assert.deepEqual(resultsIn(await stats(`${ofWeights}&statistic=total-count`, other))['29463-7'], {
      'total-count': [0, '1'],
    });
    const none = await server.sso.token({ scope: 'system/Patient.rs' });
    assert.equal((await stats(`${ofWeights}&statistic=count`, none)).status, 403);
  });

  test('what is missing or wrong is named', async () => {
    for (const [query, name] of [
      ['code=a&system=urn:c&statistic=count', 'subject'],
      ['subject=p&code=a&system=urn:c&statistic=count', 'subject'],
      ['subject=https://other.example/Patient/p&code=a&system=urn:c&statistic=count', 'subject'],
      ['subject=Patient/p&code=a&statistic=count', 'system'],
      ['subject=Patient/p&statistic=count', 'code'],
      ['subject=Patient/p&code=a&system=urn:c', 'statistic'],
      ['subject=Patient/p&code=a&system=urn:c&statistic=mode', 'statistic'],
      ['subject=Patient/p&code=a&system=urn:c&statistic=count&duration=-1', 'duration'],
      ['subject=Patient/p&code=a&system=urn:c&statistic=count&include=true&limit=0', 'limit'],
      ['subject=Patient/p&coding=urn:c|a&statistic=count', 'coding'],
    ] as const) {
      const reply = await stats(query);
      assert.deepEqual([reply.status, reply.code], [400, 'parameter-invalid'], query);
      assert.ok(reply.sentence.includes(name), `${query}: ${reply.sentence}`);
    }
  });
});

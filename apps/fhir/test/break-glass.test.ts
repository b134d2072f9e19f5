/**
 * Breaking the glass: in an emergency, a health worker without a recorded care relationship sees the record of one patient for a limited
 * time, with a reason and a second factor. It is recorded for the patient and the reviewers before anything is shown.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PolicySet } from '@dhp/access-policies';
import { reviewGlass, selectBrokenGlass } from '@dhp/fhir-store/access-policies';
import { connect, type Sql } from '@dhp/postgres';
import { startAudited, type Audited } from './audit/audited.ts';
import { baseUrl, type Reply } from './environment.ts';
import { activatePolicies } from './policies.ts';
import { idsOf, linkTo } from './searches.ts';

const policies: PolicySet = {
  ...{ others: 'as-scoped', rules: [], care: { roles: ['doctor'] }, consent: 'enforced' },
  breakGlass: { roles: ['doctor'] },
};
const seconds = (): number => Math.floor(Date.now() / 1000);
const claims = (more: object = {}): Record<string, unknown> => ({
  ...{ scope: 'user/*.cruds', client_id: 'clinic', sub: 'account-d', fhirUser: `${baseUrl}/Practitioner/d` },
  ...{ policies: ['user/*.cruds'], roles: ['doctor Organization/7'] },
  ...{ acr: 'urn:dhp:acr:two-factors', auth_time: seconds() - 60 },
  ...more,
});
const reason = 'Bemor hushsiz: oʻtkir';
const emergency = (patient: string, why = reason): Record<string, string> => ({
  ...{ 'x-purpose-of-use': 'ETREAT', 'x-break-glass-patient': `Patient/${patient}` },
  'x-break-glass-reason': encodeURIComponent(why),
});

const limit = 100_000;
interface Outcome {
  readonly resourceType: string;
  readonly issue: readonly { readonly details: { readonly text: string } }[];
}

let server: Audited;
let owner: Sql;
/** Answers to purposes that were stated before there were policies. */
let withoutPolicies: string[];
before(async () => {
  server = await startAudited({
    requireIfMatch: false,
    healthWorkers: 'as-scoped',
    validation: { level: 'off' },
    bodyLimit: limit,
  });
  owner = connect(server.ownerUrl, { max: 1, applicationName: 'dhp test glass' });
  const all = await server.sso.token({ scope: 'system/*.cruds' });
  for (const resource of world()) {
    const path = `/${String(resource['resourceType'])}/${String(resource['id'])}`;
    const headers = { 'content-type': 'application/fhir+json' };
    const reply = await server.request('PUT', path, { token: all, headers, body: JSON.stringify(resource) });
    assert.ok(reply.status < 300, reply.text);
  }
  await Promise.all([server.store.buildConsents(), server.store.buildCare()]);
  withoutPolicies = [
    of(await ask('/Observation/o-p', { 'x-purpose-of-use': 'FUN' })),
    of(await ask('/Observation/o-p', emergency('p'))),
  ];
  await activatePolicies(server, policies);
});
after(async () => {
  await owner.end({ timeout: 5 });
  await server.close();
});

function world(): Record<string, unknown>[] {
  const of = (patient: string): object => ({
    ...{ resourceType: 'Observation', id: `o-${patient}`, status: 'final', code: { text: 'x' } },
    subject: { reference: `Patient/${patient}` },
  });
  const ids = ['p', 'q', 'r', 's', 't', 'u'];
  return [
    { resourceType: 'Practitioner', id: 'd' },
    ...ids.flatMap((id) => [{ resourceType: 'Patient', id }, of(id)] as Record<string, unknown>[]),
    {
      ...{ resourceType: 'Consent', id: 'no', status: 'active', decision: 'deny' },
      subject: { reference: 'Patient/t' },
    },
  ];
}

async function ask(path: string, headers: Record<string, string> = {}, more: object = {}): Promise<Reply> {
  return server.request('GET', path, { token: await server.sso.token(claims(more)), headers });
}
const shown = ({ json }: Reply): string[] =>
  ((json['entry'] ?? []) as { resource: { resourceType: string; id: string } }[]).map(
    ({ resource: { resourceType, id } }) => `${resourceType}/${id}`,
  );
const of = ({ status, code }: Reply): string => (status < 300 ? String(status) : `${String(status)} ${code}`);

describe('in an emergency', () => {
  it('the record of the patient is open, and of nobody else', async () => {
    assert.equal(of(await ask('/Observation/o-p')), '404 resource-not-found');
    assert.equal(of(await ask('/Observation/o-p', emergency('p'))), '200');
    assert.equal(of(await ask('/Observation/o-q', emergency('p'))), '404 resource-not-found');
    const found = await ask('/Observation?_sort=_id&_total=accurate', emergency('p'));
    assert.deepEqual([idsOf(found), found.json['total']], [['Observation/o-p'], 1]);
    assert.equal(of(await ask('/Patient/p/$everything', emergency('p'))), '200');
    assert.equal(
      of(await ask('/Observation/o-p')),
      '404 resource-not-found',
      'a request that does not say so is as before',
    );
  });

  it('what searches include, and what they ask about, is of that patient, too', async () => {
    const included = await ask('/Observation?_include=Observation:subject&_sort=_id', emergency('p'));
    assert.deepEqual(shown(included), ['Observation/o-p', 'Patient/p']);
    const turned = await ask('/Patient?_revinclude=Observation:subject&_sort=_id', emergency('p'));
    assert.deepEqual(shown(turned), ['Patient/p', 'Observation/o-p']);
    const asked = await ask('/Patient?_has:Observation:subject:status=final', emergency('p'));
    assert.deepEqual(idsOf(asked), ['Patient/p']);
    assert.equal(of(await ask('/Patient/q/$everything', emergency('p'))), '404 resource-not-found');
    assert.equal(of(await ask('/Observation/o-q/_history', emergency('p'))), '404 resource-not-found');
    const list = await ask('/Observation/_history', emergency('p'));
    assert.deepEqual([...new Set(shown(list))], ['Observation/o-p']);
  });

  it('a page that was begun in it shows nothing after it, nor how many there were', async () => {
    const first = await ask('/?_type=Patient,Observation&_count=1&_total=accurate', emergency('p'));
    assert.deepEqual([shown(first).length, first.json['total']], [1, 2]);
    const next = linkTo(first, 'next')!;
    assert.equal((await ask(next, emergency('p'))).json['total'], 2);
    const later = await ask(next);
    assert.deepEqual([shown(later), later.json['total']], [[], 0]);
  });

  it('entries of a Bundle are in the emergency of their Bundle', async () => {
    const entry = ['Observation/o-p', 'Observation/o-q'].map((url) => ({ request: { method: 'GET', url } }));
    const reply = await server.request('POST', '/', {
      token: await server.sso.token(claims()),
      headers: { ...emergency('p'), 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry }),
    });
    const statuses = (reply.json['entry'] as { response: { status: string } }[]).map(({ response }) =>
      response.status.slice(0, 3),
    );
    assert.deepEqual(statuses, ['200', '404']);
  });

  it('the first request gives the reason, and others may for half an hour', async () => {
    const without = emergency('q');
    delete without['x-break-glass-reason'];
    assert.equal(of(await ask('/Observation/o-q', without)), '400 purpose-invalid');
    assert.equal(of(await ask('/Observation/o-q', emergency('q'))), '200');
    assert.equal(of(await ask('/Observation/o-q', without)), '200');
    assert.equal(
      of(await ask('/Observation/o-q', without, { sub: 'account-else' })),
      '400 purpose-invalid',
      'of another person',
    );
    const minutes = await owner<{ minutes: number }[]>`
      select extract(epoch from until - since)::int / 60 as minutes from fhir.break_glass where patient = 'q'`;
    assert.deepEqual(
      minutes.map(({ minutes: given }) => given),
      [30],
      'one entry, for 30 minutes',
    );
    await owner`update fhir.break_glass set until = now() where patient = 'q'`;
    assert.equal(of(await ask('/Observation/o-q', without)), '400 purpose-invalid', 'when they are over');
  });

  const malformed: Readonly<Record<string, Record<string, string>>> = {
    'another purpose': { 'x-purpose-of-use': 'FUN' },
    'no patient': { ...emergency('p'), 'x-break-glass-patient': '' },
    'two patients': { ...emergency('p'), 'x-break-glass-patient': 'Patient/p,Patient/q' },
    'a reason without words': emergency('p', '1234567890123'),
    'a short reason': emergency('p', 'help'),
    'a reason that is badly encoded': { ...emergency('p'), 'x-break-glass-reason': 'unconscious %E0%A4%A' },
  };
  for (const [name, headers] of Object.entries(malformed)) {
    it(`${name} is 400`, async () => {
      assert.equal(of(await ask('/Observation/o-p', headers)), '400 purpose-invalid');
    });
  }

  it('a patient who does not exist is 404, and nothing is noted; without a reason nobody is told that', async () => {
    assert.equal(of(await ask('/Observation/o-p', emergency('nobody'))), '404 resource-not-found');
    for (const patient of ['nobody', 'u']) {
      const without = emergency(patient);
      delete without['x-break-glass-reason'];
      assert.equal(of(await ask('/Observation/o-p', without)), '400 purpose-invalid');
    }
    const noted = await owner`select 1 from fhir.break_glass where patient = 'nobody'`;
    assert.equal(noted.length, 0);
  });
});

describe('the second factor', () => {
  const cases: Readonly<Record<string, object>> = {
    'one factor': { acr: 'urn:dhp:acr:one-factor' },
    'a sign-in nine hours ago': { auth_time: seconds() - 9 * 3_600 },
    'a token that does not say': { acr: undefined, auth_time: undefined },
  };
  for (const [name, more] of Object.entries(cases)) {
    it(`${name} is not enough, and the answer says what is wanted`, async () => {
      const reply = await ask('/Observation/o-p', emergency('p'), more);
      assert.equal(of(reply), '401 second-factor-required');
      const challenge = reply.headers.get('www-authenticate') ?? '';
      for (const part of [
        'error="insufficient_user_authentication"',
        'acr_values="urn:dhp:acr:two-factors"',
        'max_age="28800"',
      ])
        assert.ok(challenge.includes(part), challenge);
    });
  }

  it('of some hours ago stops no emergency', async () => {
    assert.equal(of(await ask('/Observation/o-r', emergency('r'), { auth_time: seconds() - 7 * 3_600 })), '200');
  });
});

describe('an application that was launched in an emergency', () => {
  const launch = (minutes: number, more: object = {}): object => ({
    ...{ patient: 'u', scope: 'user/*.cruds launch', emergency: { reason, since: seconds() - minutes * 60 } },
    ...more,
  });

  it('sees the record of the patient by its token, and of nobody else', async () => {
    const reply = await ask('/Observation/o-u', {}, launch(1));
    assert.equal(of(reply), '200', reply.text);
    assert.equal(of(await ask('/Observation/o-q', {}, launch(1))), '404 resource-not-found');
    const [record] = await server.of(reply.headers.get('x-request-id')!);
    assert.deepEqual([record!.content['purpose'], record!.sealed?.['why']], ['ETREAT', reason]);
    const entries = await selectBrokenGlass(owner, { all: true, limit: 100 });
    assert.equal(entries.filter(({ patient }) => patient === 'u').length, 1);
  });

  it('does so for the time of one statement', async () => {
    assert.equal(of(await ask('/Observation/o-u', {}, launch(31))), '404 resource-not-found');
    assert.equal(of(await ask('/Observation/o-u', emergency('u'), launch(31))), '200', 'and may state it anew');
  });

  it('needs the second factor, and a role, as a request does', async () => {
    const without = await ask('/Observation/o-u', {}, launch(1, { acr: 'urn:dhp:acr:one-factor' }));
    assert.equal(of(without), '401 second-factor-required');
    const registrar = launch(1, { roles: ['registrar Organization/7'] });
    const other = await ask('/Observation/o-u', {}, registrar);
    assert.deepEqual(
      [of(other), (await server.of(other.headers.get('x-request-id')!))[0]!.content['purpose']],
      ['200', undefined],
    );
  });

  it('says another purpose by the header', async () => {
    assert.equal(
      of(await ask('/Observation/o-u', { 'x-purpose-of-use': 'TREAT' }, launch(1))),
      '404 resource-not-found',
    );
  });
});

describe('who may not break the glass', () => {
  const others: Readonly<Record<string, object>> = {
    'a person of another role': { roles: ['registrar Organization/7'] },
    'a client that acts for itself': {
      scope: 'system/*.rs',
      sub: 'clinic',
      fhirUser: undefined,
      roles: undefined,
      policies: undefined,
    },
    'a patient': { scope: 'patient/*.rs', patient: 'p', fhirUser: `${baseUrl}/Patient/p`, policies: undefined },
  };
  for (const [name, more] of Object.entries(others)) {
    it(`${name} is refused, and is not told of it`, async () => {
      assert.equal(of(await ask('/Observation/o-p', emergency('p'), more)), '403 purpose-refused');
      for (const path of ['/Observation/o-p', '/Observation/none', '/Observation'])
        assert.equal((await ask(path, {}, more)).headers.get('x-break-glass'), null, path);
    });
  }

  it('is nobody who may: that one is told with each answer, whatever is hidden', async () => {
    const paths = [
      '/Observation/o-s',
      '/Observation/none',
      '/Observation?code=none',
      '/Observation',
      '/Practitioner/d',
      '/Nothing/1',
    ];
    for (const path of paths) assert.equal((await ask(path)).headers.get('x-break-glass'), 'available', path);
  });

  it('is nobody who may, also where a body is too large, cannot be read, or the record of the request cannot be written', async () => {
    const post = async (body: string, headers: Record<string, string>, more?: object): Promise<Reply> =>
      server.request('POST', '/Observation', { token: await server.sso.token(claims(more)), headers, body });
    const json = { 'content-type': 'application/fhir+json' };
    const large = await post(' '.repeat(limit + 1), json);
    const unreadable = await post('x', { ...json, 'content-encoding': 'gzip' });
    const unsupported = await post('x', { 'content-type': 'text/plain' });
    assert.deepEqual([large.status, unreadable.status, unsupported.status], [413, 400, 415]);
    for (const { headers } of [large, unreadable, unsupported]) assert.equal(headers.get('x-break-glass'), 'available');
    const stranger = await post(' '.repeat(limit + 1), json, { roles: ['registrar Organization/7'] });
    assert.deepEqual([stranger.status, stranger.headers.get('x-break-glass')], [413, null]);
    await owner.unsafe(`
      create function fhir.refuse_records() returns trigger language plpgsql as $$ begin raise exception 'no room'; end $$;
      create trigger refuse before insert on fhir.audit_record for each statement execute function fhir.refuse_records()`);
    try {
      for (const headers of [{}, emergency('p')]) {
        const away = await ask('/Observation/o-p', headers);
        assert.deepEqual([away.status, away.headers.get('x-break-glass')], [503, 'available']);
      }
      const other = await ask('/Observation/o-p', {}, { roles: ['registrar Organization/7'] });
      assert.deepEqual([other.status, other.headers.get('x-break-glass')], [503, null]);
    } finally {
      await owner.unsafe('drop trigger refuse on fhir.audit_record; drop function fhir.refuse_records()');
    }
  });
});

describe('a consent', () => {
  it('is not overridden, unless the policies say so', async () => {
    assert.equal(of(await ask('/Observation/o-t', emergency('t'))), '404 resource-not-found');
    await activatePolicies(server, { ...policies, breakGlass: { roles: ['doctor'], overrides: ['care', 'consent'] } });
    assert.equal(of(await ask('/Observation/o-t', emergency('t'))), '200');
    assert.equal(of(await ask('/Observation/o-t')), '404 resource-not-found');
    await activatePolicies(server, policies);
    assert.equal(of(await ask('/Observation/o-t', emergency('t'))), '404 resource-not-found');
  });

  it('alone is set aside where the policies say so of it alone', async () => {
    await activatePolicies(server, { ...policies, breakGlass: { roles: ['doctor'], overrides: ['consent'] } });
    assert.equal(of(await ask('/Observation/o-p', emergency('p'))), '404 resource-not-found');
    assert.equal(of(await ask('/Observation/o-t', emergency('t'))), '404 resource-not-found');
    await activatePolicies(server, policies);
  });

  it('is not written in an emergency by whom consents refuse: it would outlast it', async () => {
    const written = { resourceType: 'Consent', status: 'active', decision: 'permit' };
    const subject = { reference: 'Patient/t' };
    await activatePolicies(server, { ...policies, breakGlass: { roles: ['doctor'], overrides: ['care', 'consent'] } });
    const token = await server.sso.token(claims());
    const headers = { ...emergency('t'), 'content-type': 'application/fhir+json' };
    const post = async (path: string, resource: object): Promise<string> =>
      of(await server.request('POST', path, { token, headers, body: JSON.stringify(resource) }));
    assert.equal(await post('/Consent', { ...written, subject }), '403 consent-refuses');
    const other = { resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject };
    assert.equal(await post('/Observation', other), '201');
    await activatePolicies(server, policies);
  });

  it('and scopes are not overridden at all', async () => {
    const reply = await ask('/Observation/o-p', emergency('p'), { policies: ['user/Patient.rs'] });
    assert.equal(of(reply), '403 scope-insufficient');
  });
});

describe('what is noted', () => {
  it('stands in the trail, and the patient is shown it', async () => {
    const reply = await ask('/Observation/o-s', emergency('s'));
    assert.equal(of(reply), '200');
    const records = await server.of(reply.headers.get('x-request-id')!);
    assert.deepEqual(
      records.map(({ content }) => content['purpose']),
      ['ETREAT'],
    );
    const token = await server.sso.token({
      ...{
        scope: 'patient/AuditEvent.rs',
        client_id: 'app',
        sub: 'account-s',
        patient: 's',
        fhirUser: `${baseUrl}/Patient/s`,
      },
    });
    const history = await server.request('GET', '/Patient/s/$access-history', { token });
    assert.equal(history.status, 200, history.text);
    assert.ok(history.text.includes('"ETREAT"'), history.text);
    assert.ok(history.text.includes(reason), history.text);
  });

  it('is told to the patient before the records, in words, and to no other patient', async () => {
    const told = async (patient: string, query = '', language = 'en'): Promise<string[]> => {
      const token = await server.sso.token({
        ...{ scope: 'patient/AuditEvent.s', client_id: 'portal', sub: `account-${patient}`, patient },
        fhirUser: `${baseUrl}/Patient/${patient}`,
      });
      const headers = { 'accept-language': language };
      const reply = await server.request('GET', `/Patient/${patient}/$access-history${query}`, { token, headers });
      assert.equal(reply.status, 200, reply.text);
      const entries = (reply.json['entry'] ?? []) as { resource: Outcome; search: { mode: string } }[];
      const notices = entries.filter(({ resource }) => resource.resourceType === 'OperationOutcome');
      assert.deepEqual(
        notices.map((one) => [entries.indexOf(one), one.search.mode]),
        notices.length === 0 ? [] : [[0, 'outcome']],
      );
      return notices.flatMap(({ resource }) => resource.issue.map(({ details }) => details.text));
    };
    const [notice, ...more] = await told('s');
    assert.ok(more.length === 0 && notice!.includes(reason), notice);
    assert.match(notice!, /^On \d{4}-\d\d-\d\d \d\d:\d\d the record was opened in an emergency/);
    assert.match((await told('s', '', 'uz'))[0]!, /shoshilinch holatda/);
    assert.match((await told('s', '', 'ru'))[0]!, /в экстренном случае/);
    assert.deepEqual(await told('s', '?end=2020-01-01'), []);
    assert.deepEqual(await told('none'), []);
  });

  it('is reviewed once', async () => {
    const waiting = await selectBrokenGlass(owner, { all: false, limit: 100 });
    const own = waiting.find(({ patient }) => patient === 's')!;
    assert.deepEqual([own.reason, own.person, own.client, own.verdict], [reason, 'Practitioner/d', 'clinic', null]);
    const review = { id: own.id, verdict: 'justified', note: 'seen by the ward', by: 'officer' } as const;
    assert.equal(await reviewGlass(owner, review), true);
    assert.equal(await reviewGlass(owner, { ...review, verdict: 'unjustified' }), false, 'a verdict stands');
    assert.equal(await reviewGlass(owner, { ...review, id: '0' }), false);
    const left = await selectBrokenGlass(owner, { all: false, limit: 100 });
    assert.ok(!left.some(({ id }) => id === own.id));
    const all = await selectBrokenGlass(owner, { all: true, limit: 100 });
    assert.equal(all.find(({ id }) => id === own.id)?.verdict, 'justified');
  });

  it('shows nothing where it cannot be noted', async () => {
    await owner`create function fhir.no_room() returns trigger language plpgsql as $$
      begin raise exception 'the disk is full' using errcode = '53100'; end $$`;
    for (const table of ['fhir.break_glass', 'fhir.audit_record']) {
      await owner`create trigger no_room before insert on ${owner(table)} execute function fhir.no_room()`;
      try {
        const headers = emergency('r', 'another reason in words');
        const reply = await ask('/Observation/o-r', headers, { sub: `account-${table}` });
        assert.equal(reply.status, 503, reply.text);
        assert.ok(!reply.text.includes('o-r'), reply.text);
      } finally {
        await owner`drop trigger no_room on ${owner(table)}`;
      }
    }
  });
});

describe('a purpose of use', () => {
  it('counts for nothing where no access policies are in force', () => {
    assert.deepEqual(withoutPolicies, ['200', '200']);
  });

  it('is named by access policies, for the one request', async () => {
    const who = { purpose: ['HRESCH'] };
    const deny = { name: 'no-research', effect: 'deny', who, types: ['Practitioner'], interactions: ['read'] } as const;
    await activatePolicies(server, { ...policies, rules: [deny] });
    const token = await server.sso.token(claims());
    const by = async (headers: Record<string, string>): Promise<string> =>
      of(await server.request('GET', '/Practitioner/d', { token, headers }));
    assert.equal(await by({}), '200');
    assert.equal(await by({ 'x-purpose-of-use': 'HRESCH' }), '403 policy-refuses');
    assert.equal(await by({ 'x-purpose-of-use': 'TREAT' }), '200');
    assert.equal(await by({}), '200');
    await activatePolicies(server, { ...policies, rules: [deny], purposes: ['HRESCH'] });
    assert.equal(await by({}), '403 policy-refuses', 'the purpose of those who state none');
    assert.equal(await by({ 'x-purpose-of-use': 'TREAT' }), '403 policy-refuses', 'a stated one gives nothing');
    await activatePolicies(server, policies);
  });

  it('gives nothing by itself, neither by a permit nor by a consent', async () => {
    const [who, types, interactions] = [{ purpose: ['HRESCH'] }, ['Practitioner'], ['read']] as const;
    const permit = { name: 'research', effect: 'permit', who, types, interactions } as unknown as PolicySet['rules'][0];
    await activatePolicies(server, { ...policies, others: 'nothing', rules: [permit] });
    assert.equal(of(await ask('/Practitioner/d', { 'x-purpose-of-use': 'HRESCH' })), '403 policy-refuses');
    await activatePolicies(server, { ...policies, others: 'nothing', rules: [permit], purposes: ['HRESCH'] });
    assert.equal(of(await ask('/Practitioner/d', { 'x-purpose-of-use': 'HRESCH' })), '200');
    assert.equal(of(await ask('/Practitioner/d', { 'x-purpose-of-use': 'TREAT' })), '403 policy-refuses');
    await activatePolicies(server, policies);
  });

  it('of an emergency passes no rule about treatment, or about the purposes of all', async () => {
    for (const purpose of ['TREAT', 'ETREAT', 'HOPERAT']) {
      const who = { purpose: [purpose] };
      const deny = { name: 'no', effect: 'deny', who, types: ['Observation'], interactions: ['read'] } as const;
      await activatePolicies(server, { ...policies, rules: [deny], purposes: ['HOPERAT'] });
      assert.equal(of(await ask('/Observation/o-p', emergency('p'))), '403 policy-refuses', purpose);
    }
    await activatePolicies(server, policies);
  });
});

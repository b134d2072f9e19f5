/**
 * Actions of the Single Sign-On server on access policies, on the reviews of broken glass and on jobs: only that server, on behalf of a
 * person, one change at a time, each recorded in the trail.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startAudited, type Audited, type Opened } from './audit/audited.ts';
import { baseUrl } from './environment.ts';
import { activateVersion } from './policies.ts';

let server: Audited;
before(async () => {
  server = await startAudited({ requireIfMatch: false, validation: { level: 'off' } });
  for (const resource of [
    { resourceType: 'Patient', id: 'p' },
    {
      ...{ resourceType: 'Observation', id: 'o', status: 'final', code: { text: 'x' } },
      subject: { reference: 'Patient/p' },
    },
  ])
    assert.equal((await server.write('PUT', `/${resource.resourceType}/${resource.id}`, resource)).status, 201);
});
after(() => server.close());

type Members = Record<string, unknown>;
const sso = { client_id: 'dhp-sso', sub: 'account-1', scope: 'dhp.access-administration' };

interface Told {
  readonly status: number;
  readonly json: Members;
  readonly request: string;
}

async function ask(act: string, asked: Members = {}, claims: Members = sso): Promise<Told> {
  const reply = await server.request('POST', `/$access-administration?act=${act}`, {
    token: await server.sso.token(claims),
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({
      resourceType: 'Parameters',
      parameter: [{ name: 'asked', valueString: JSON.stringify(asked) }],
    }),
  });
  return { status: reply.status, json: reply.json, request: reply.headers.get('x-request-id') ?? '' };
}
const told = async (act: string, asked: Members = {}): Promise<Members> => {
  const { status, json } = await ask(act, asked);
  assert.equal(status, 200, JSON.stringify(json));
  return json;
};
const document = (more: Members = {}): string => JSON.stringify({ others: 'as-scoped', rules: [], ...more });
const deny = (who: Members, more: Members = {}): Members => ({
  ...{ name: 'no', effect: 'deny', who, types: ['Observation'], interactions: ['read'] },
  ...more,
});
const by = { by: 'account:account-1', reason: 'order 12' };
const inForce = async (): Promise<number | null> => (await told('state'))['version'] as number | null;

it('tells of active consents that lead to no patient, and of none that does or is withdrawn', async () => {
  const consents: readonly (readonly [id: string, members: Members])[] = [
    ['by-identifier', { subject: { identifier: { system: 'urn:i', value: '1' } } }],
    ['of-a-group', { subject: { reference: 'Group/g' } }],
    ['of-a-patient', { subject: { reference: 'Patient/p' } }],
    ['withdrawn', { subject: { identifier: { value: '1' } }, status: 'inactive' }],
  ];
  const write = async (id: string, members: Members): Promise<void> => {
    const body = { resourceType: 'Consent', id, status: 'active', decision: 'permit', ...members };
    assert.ok((await server.write('PUT', `/Consent/${id}`, body)).status < 300);
  };
  for (const [id, members] of consents) await write(id, members);
  assert.deepEqual((await told('state'))['consentsOfNobody'], ['by-identifier', 'of-a-group']);
  for (const [id, members] of consents) await write(id, { ...members, status: 'inactive' });
  assert.deepEqual((await told('state'))['consentsOfNobody'], []);
});

describe('it is for the Single Sign-On server alone', () => {
  const others: Record<string, Members> = {
    'a client with all scopes': { client_id: 'app', sub: 'app', scope: 'system/*.cruds dhp.audit' },
    'a client that states the scope': { client_id: 'app', sub: 'app', scope: 'dhp.access-administration' },
    'the server without the scope': { ...sso, scope: 'system/*.cruds' },
    'a person': { client_id: 'app', sub: 'account-1', scope: 'user/*.cruds', fhirUser: `${baseUrl}/Practitioner/d` },
  };
  for (const [who, claims] of Object.entries(others)) {
    it(`and not for ${who}`, async () => {
      for (const act of ['state', 'activate', 'review', 'jobs', 'cancel-job', 'none']) {
        const { status, json } = await ask(act, { text: document(), base: null, ...by }, claims);
        assert.equal(status, 403, JSON.stringify(json));
      }
      assert.equal(await inForce(), null);
    });
  }

  it('and knows its own acts and members alone', async () => {
    for (const act of ['none', '', 'constructor', '__proto__']) assert.equal((await ask(act)).status, 400, act);
    const wrong: [string, Members][] = [
      ['text', { version: 'x' }],
      ['text', { version: -1 }],
      ['check', { text: 7 }],
      ['activate', { text: document() }],
      ['activate', { text: document(), base: 'none', ...by }],
      ['rollback', { to: 'x', base: null, ...by }],
      ['try', { text: document(), callers: [7] }],
      ['try', { text: document(), callers: [{ client: 'a', authority: 'root' }] }],
      ['explain', { resource: 'Observation/o' }],
      ['jobs', { id: 7 }],
      ['retry-job', {}],
    ];
    for (const [act, asked] of wrong) assert.equal((await ask(act, asked)).status, 400, JSON.stringify([act, asked]));
  });
});

describe('a document', () => {
  it('is checked, each fault at its line', async () => {
    const text = `{
  "others": "as-scoped",
  "rules": [
    { "name": "one", "effect": "permit", "who": { "everyone": true }, "types": ["Observation"], "interactions": ["read"] },
    {
      "name": "two", "effect": "deny",
      "who": { "purpose": ["TRAET"] },
      "types": ["Observation", "Observations"],
      "interactions": ["read"],
      "criteria": "categori=x"
    }
  ]
}`;
    const { faults } = (await told('check', { text })) as { faults: { place: string; line: number; text: string }[] };
    assert.deepEqual(
      faults.map(({ place, line }) => [place, line]),
      [
        ['rules[1].who.purpose[0]', 7],
        ['rules[1].types[1]', 8],
        ['rules[1].criteria', 10],
      ],
    );
    const inUzbek = (await told('check', { text, language: 'uz' }))['faults'] as typeof faults;
    assert.notEqual(inUzbek[0]!.text, faults[0]!.text);
    const broken = (await told('check', { text: '{\n "others": x' })) as { faults: typeof faults };
    assert.deepEqual(
      broken.faults.map(({ line }) => line),
      [2],
    );
    assert.deepEqual(await told('check', { text: document() }), { faults: [] });
    const { status, json } = await ask('check', { text: `${document()}${' '.repeat(1_000_001)}` });
    assert.deepEqual([status, json['problem']], [400, 'invalid-policies']);
  });

  it('is tried: who would lose what, of clients and of persons, by care, consents, labels and purposes', async () => {
    const text = document({
      rules: [
        deny({ client: ['lab'] }, { criteria: 'status=final' }),
        deny({ purpose: ['HRESCH'] }, { name: 'research', types: ['Condition'] }),
        { name: 'names', effect: 'limit', who: { role: ['nurse'] }, types: ['Patient'], hide: ['name'] },
      ],
      care: { roles: ['doctor'] },
      consent: 'enforced',
      labels: {
        rules: [{ name: 'hiv', labels: ['urn:l|HIV'], codes: ['urn:c|x'] }],
        clearances: [{ name: 'doctors', who: { role: ['doctor'] }, labels: ['urn:l|HIV'] }],
      },
    });
    const callers = [
      { client: 'lab', authority: 'system', scopes: ['system/Observation.rs'] },
      { client: 'app', authority: 'patient', scopes: ['patient/*.rs'] },
      ...['doctor', 'nurse'].map((role) => ({
        ...{ client: '*', authority: 'user', scopes: ['user/*.cruds'], person: 'Practitioner/*' },
        ...{ roles: [`${role} Organization/*`], roleScopes: ['user/Patient.rs', 'user/Observation.rs'] },
      })),
      { client: 'idle', authority: 'system', scopes: [] },
    ];
    const tried = (await told('try', { text, callers })) as unknown as { losses: Loss[]; changes: Members };
    const [r, v] = ['R', 'V'].map((code) => `http://terminology.hl7.org/CodeSystem/v3-Confidentiality|${code}`) as [
      string,
      string,
    ];
    assert.deepEqual(tried.losses.map(shown).sort(), [
      '0 consent',
      `0 label ${r} ${v} urn:l|HIV`,
      '0 read Observation, not status=final',
      `1 label ${r} ${v} urn:l|HIV`,
      '2 care',
      '2 consent',
      `2 label ${r} ${v}`,
      '3 consent',
      '3 elements Patient, hidden name',
      `3 label ${r} ${v} urn:l|HIV`,
    ]);
    assert.equal(tried.changes['labels'], true);
    const stating = (await told('try', { text, callers, purpose: 'HRESCH' })) as unknown as { losses: Loss[] };
    const more = stating.losses.map(shown).filter((one) => !tried.losses.map(shown).includes(one));
    assert.deepEqual(more, ['1 read Condition']);
    assert.equal(await inForce(), null, 'a try changes nothing');
  });

  interface Loss {
    readonly caller: number;
    readonly of: string;
    readonly types: readonly string[];
    readonly without?: readonly string[];
    readonly hidden?: readonly string[];
    readonly labels?: readonly string[];
  }
  function shown({ caller, of, types, without = [], hidden = [], labels = [] }: Loss): string {
    const more = [...without.map((one) => `, not ${one}`), ...hidden.map((one) => `, hidden ${one}`), labels.join(' ')];
    return [String(caller), of, types.join(' ') + more.join('')].join(' ').trim();
  }
});

describe('what is in force', () => {
  it('is changed by who has seen it, and of two at once by one', async () => {
    const acts = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        ask('activate', { text: document({ rules: [deny({ client: [name] })] }), base: null, ...by }),
      ),
    );
    assert.deepEqual(acts.map(({ status }) => status).sort(), [200, 409, 409]);
    assert.equal(acts.find(({ status }) => status === 409)!.json['problem'], 'policies-changed');
    assert.equal(await inForce(), 1);
    assert.deepEqual(await told('activate', { text: document(), base: 1, ...by }), { version: 2 });
    const both = await Promise.all([
      ask('rollback', { to: 'before', base: 2, ...by }),
      ask('rollback', { to: null, base: 2, ...by }),
    ]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
    const version = await inForce();
    assert.deepEqual(await told('rollback', { to: 2, base: version, ...by }), { version: 2 });
    assert.deepEqual((await ask('rollback', { to: 7, base: 2, ...by })).json['problem'], 'unknown-version');
    const { versions, activations } = (await told('versions')) as unknown as Record<string, Members[]>;
    assert.deepEqual(
      versions!.map(({ version: number, madeBy, reason }) => [number, madeBy, reason]),
      [2, 1].map((number) => [number, by.by, by.reason]),
    );
    assert.equal(activations!.length, 4);
    assert.deepEqual(await told('text', { version: 2 }), { text: document() });
  });

  it('is never a document with faults, or with labels of what is not known', async () => {
    const labels = { rules: [{ name: 'l', labels: ['urn:l|L'], valueSets: ['urn:none'] }], clearances: [] };
    for (const text of ['{', document({ rules: [{}] }), document({ labels })]) {
      const { status, json } = await ask('activate', { text, base: 2, ...by });
      assert.deepEqual([status, json['problem']], [400, 'invalid-policies'], text);
    }
    assert.equal(await inForce(), 2);
  });

  it('locks nobody out of changing it', async () => {
    const text = JSON.stringify({ others: 'nothing', rules: [deny({ everyone: true }, { types: ['*'] })] });
    await told('activate', { text, base: 2, ...by });
    await activateVersion(server, 3); // the server knows it by now
    assert.equal((await server.request('GET', '/Observation/o', { token: await all() })).status, 403);
    assert.deepEqual(await told('rollback', { to: null, base: 3, ...by }), { version: null });
  });

  it('says how far each factor is', async () => {
    const text = document({ consent: 'enforced' });
    const { factors: before } = (await told('state')) as { factors: Members };
    assert.deepEqual(before, { consent: 'absent', care: 'absent', labels: 'absent' });
    await told('activate', { text, base: null, ...by });
    await server.store.buildConsents();
    assert.deepEqual((await told('state'))['factors'], { consent: 'enforced', care: 'absent', labels: 'absent' });
    await told('rollback', { to: null, base: await inForce(), ...by });
  });

  const all = (): Promise<string> => server.sso.token({ scope: 'system/*.rs', client_id: 'app' });
});

describe('the simulator', () => {
  const app = { client: 'app', subject: 'app', scopes: ['system/*.rs'] };
  const explain = (more: Members): Promise<Members> => told('explain', { resource: 'Observation/o', ...app, ...more });

  it('says whether somebody may read a resource, by which rules, for a stated purpose, and by another version', async () => {
    const research = deny({ purpose: ['HRESCH'] }, { name: 'no-research' });
    const { version } = await told('activate', { text: document({ rules: [research] }), base: await inForce(), ...by });
    assert.equal((await explain({}))['permitted'], true);
    const stated = await explain({ purpose: 'HRESCH' });
    assert.deepEqual([stated['permitted'], stated['rules']], [false, ['no-research']]);
    await told('activate', { text: document(), base: version, ...by });
    assert.equal((await explain({ purpose: 'HRESCH' }))['permitted'], true);
    assert.equal((await explain({ purpose: 'HRESCH', version }))['permitted'], false);
    assert.equal((await explain({ resource: 'Observation/none' }))['stored'], 'never');
    for (const [wrong, problem] of [
      [{ resource: 'Observation' }, 'invalid-value'],
      [{ purpose: 'FUN' }, 'invalid-value'],
      [{ version: 99 }, 'unknown-version'],
    ] as const)
      assert.equal((await ask('explain', { resource: 'Observation/o', ...app, ...wrong })).json['problem'], problem);
  });
});

describe('the queue of broken glass', () => {
  const review = (more: Members): Promise<Told> =>
    ask('review', { id: '1', verdict: 'justified', note: 'seen by the ward', by: 'account:officer', ...more });

  it('is reviewed once, by somebody else, with a verdict', async () => {
    await server.store.breakGlass({
      ...{ subject: 'account-d', person: 'Practitioner/d', client: 'clinic', patient: 'p', reason: 'unconscious' },
      minutes: 30,
    });
    const listed = await ask('glass');
    const [entry] = listed.json['glass'] as Members[];
    assert.deepEqual([entry!['subject'], entry!['patient'], entry!['verdict']], ['account-d', 'p', null]);
    assert.deepEqual(await patientsOf(listed.request), [server.pseudonym('p')]);
    const id = String(entry!['id']);
    assert.equal((await review({ id, by: 'account:account-d' })).json['problem'], 'own-emergency');
    assert.equal((await review({ id, verdict: 'fine' })).status, 400);
    for (const none of ['7777', 'x', '']) assert.equal((await review({ id: none })).json['problem'], 'unknown-glass');
    const both = await Promise.all([review({ id }), review({ id, verdict: 'unjustified' })]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 404]);
    assert.deepEqual((await told('glass'))['glass'], []);
    const [done] = (await told('glass', { all: true }))['glass'] as Members[];
    assert.deepEqual([done!['note'], done!['reviewedBy']], ['seen by the ward', 'account:officer']);
  });
});

describe('jobs', () => {
  const add = async (about: string, values: Members): Promise<string> => {
    const { state, attempt, seconds = 0, outcome = null } = values;
    const [row] = await server.owner<{ id: string }[]>`
      insert into fhir.job (id, kind, owner, client, about, input, priority, state, attempt, due, outcome, expires)
      values (gen_random_uuid(), 'x', '\\x00', 'app', ${about}, '{}', 0, ${state as string}, ${attempt as number}::smallint,
        now() + ${seconds as number}::int * interval '1 s', ${outcome as string | null}::jsonb, now() + interval '1 hour')
      returning id`;
    return row!.id;
  };

  it('are listed, cancelled, and tried again where they failed for a reason of the server', async () => {
    const failed = await add('failed', { state: 'ended', attempt: 6, outcome: '{"status":500}' });
    const waits = await add('waits', { state: 'waiting', attempt: 1, seconds: 600 });
    const others = [
      await add('refused', { state: 'ended', attempt: 1, outcome: '{"status":404}' }),
      await add('runs', { state: 'running', attempt: 1, seconds: 600 }),
    ];
    const { jobs, hasMore } = (await told('jobs')) as { jobs: Members[]; hasMore: boolean };
    assert.deepEqual([jobs.length, hasMore], [4, false]);
    assert.ok(jobs.every((one) => !('owner' in one) && !('input' in one)));
    for (const id of [failed, waits]) assert.deepEqual(await told('retry-job', { id }), { id });
    for (const id of [...others, failed, 'x', '00000000-0000-4000-8000-000000000000']) {
      const { status, json } = await ask('retry-job', { id });
      assert.deepEqual([status, json['problem']], [404, 'unknown-job'], id);
    }
    const [again] = ((await told('jobs', { id: failed })) as { jobs: Members[] }).jobs;
    assert.deepEqual([again!['state'], again!['status'], again!['attempt']], ['waiting', null, 6]);
    for (const id of [failed, waits, ...others]) {
      assert.deepEqual(await told('cancel-job', { id }), { id });
      assert.equal((await ask('cancel-job', { id })).status, 404);
    }
    // The holder of a running job ends it at its next heartbeat.
    const left = ((await told('jobs')) as { jobs: Members[] }).jobs;
    assert.deepEqual(
      left.map(({ id, stops }) => [id, stops]),
      [[others[1], true]],
    );
  });
});

describe('subscriptions', () => {
  const add = async (id: string, values: Members): Promise<void> => {
    const { status = 'active', taken, since = null } = values;
    await server.owner`
      insert into fhir.subscription (id, ver, owner, status, numbered)
      values (${id}, 1, ${JSON.stringify(['app', 'app'])}, ${status as string}, 3)`;
    if (taken === undefined) return;
    await server.owner`insert into fhir.lane (subscription, acknowledged, due) values (${id}, ${taken as number}::int, 'infinity')`;
    await server.owner`
      insert into fhir.event (subscription, number, type, id, ver, happened, stored)
      values (${id}, ${taken as number}::int + 1, 'Patient', 'p', 1, now(), now() - ${since as number}::int * interval '1 s')`;
  };

  it('are listed, those first whose events wait longest, held back, let go on, and turned off', async () => {
    await add('asks', {});
    await add('late', { taken: 1, since: 60 });
    await add('latest', { taken: 2, since: 600 });
    const list = async (asked: Members = {}): Promise<Members[]> =>
      ((await told('subscriptions', asked)) as { subscriptions: Members[] }).subscriptions;
    const all = await list();
    assert.deepEqual(
      all.map(({ id, acknowledged, client, person }) => [id, acknowledged, client, person]),
      [
        ['latest', 2, null, null],
        ['late', 1, null, null],
        ['asks', null, null, null],
      ],
    );
    assert.ok(all.every((one) => !('owner' in one)));
    const { figures } = (await told('subscriptions')) as { figures: Members };
    assert.ok(Number(figures['oldest']) >= 600 && figures['behind'] === 2, JSON.stringify(figures));
    assert.deepEqual(await told('pause-subscription', { id: 'late' }), { id: 'late', isChanged: true });
    assert.deepEqual(await told('pause-subscription', { id: 'late' }), { id: 'late', isChanged: false });
    assert.ok((await list({ id: 'late' }))[0]!['paused'] !== null);
    assert.deepEqual(await told('resume-subscription', { id: 'late' }), { id: 'late', isChanged: true });
    assert.deepEqual(await told('turn-off-subscription', { id: 'late' }), { id: 'late' });
    const [off] = await list({ id: 'late' });
    assert.equal(off!['status'], 'off');
    assert.match(String(off!['reason']), /^An operator of the server has turned it off/);
    for (const [act, id] of [
      ['turn-off', 'late'],
      ['pause', 'asks'],
      ['resume', 'asks'],
      ['pause', 'none'],
      ['turn-off', 'none'],
      ['turn-off', '../x'],
    ]) {
      const { status, json } = await ask(`${act!}-subscription`, { id });
      assert.deepEqual([status, json['problem']], [404, 'unknown-subscription'], `${act!} ${id!}`);
    }
    assert.deepEqual(await list({ id: "x' or 1" }), []);
  });
});

describe('legal holds', () => {
  type Hold = Readonly<Record<'id' | 'on' | 'setBy' | 'until' | 'stands' | 'lifted' | 'liftedBy', unknown>>;
  const list = async (asked: Members = {}): Promise<Hold[]> =>
    ((await told('holds', asked)) as { holds: Hold[] }).holds;

  it('are set on resources and types, listed with who and why, and lifted once', async () => {
    const set = await ask('set-hold', { on: 'Patient/p', ...by });
    const { id: first } = set.json as { id: string };
    const { id: second } = (await told('set-hold', { on: 'Observation', until: '2999-01-31', ...by })) as {
      id: string;
    };
    const all = await list();
    assert.deepEqual(
      all.map(({ id, on, setBy, until, stands }) => [id, on, setBy, until, stands]),
      [
        [second, 'Observation', by.by, '2999-01-31T00:00:00.000Z', true],
        [first, 'Patient/p', by.by, null, true],
      ],
    );
    assert.deepEqual(await told('lift-hold', { id: first, ...by, by: 'account:account-2' }), { id: first });
    assert.deepEqual(
      (await list()).map(({ id }) => id),
      [second],
    );
    const [lifted] = await list({ all: true, id: first });
    assert.deepEqual([lifted?.stands, lifted?.liftedBy], [false, 'account:account-2']);
    for (const id of [first, '00000000-0000-4000-8000-000000000000', "x' or 1"]) {
      const { status, json } = await ask('lift-hold', { id, ...by });
      assert.deepEqual([status, json['problem']], [404, 'unknown-hold'], id);
    }
    assert.deepEqual(await list({ all: true, id: 'x' }), []);
    assert.deepEqual(await patientsOf(set.request), [server.pseudonym('p')]);
    assert.deepEqual(await patientsOf((await ask('holds', { all: true })).request), [server.pseudonym('p')]);
  });

  it('are on nothing that there cannot be, and until no day that is over', async () => {
    for (const wrong of [
      ...[{ on: 'patient/p' }, { on: 'Nothing' }, { on: 'Patient/a b' }, { on: 'Patient/p/_history/1' }],
      ...['2001-01-01', 'tomorrow', '2999-02-31', '2999'].map((until) => ({ on: 'Patient/p', until })),
    ]) {
      const { status, json } = await ask('set-hold', { ...wrong, ...by });
      assert.deepEqual([status, json['problem']], [400, 'invalid-value'], JSON.stringify(wrong));
    }
  });
});

describe('the trail', () => {
  it('has each act with the person, and why it was not done', async () => {
    const done = await ask('state', {}, { ...sso, sub: 'account-2' });
    const [record] = await server.of(done.request);
    assert.deepEqual(clear(record!), ['account-2', 'success', null]);
    assert.equal(record!.sealed?.['query'], 'act=state');
    const stale = await ask('rollback', { to: null, base: 77, ...by });
    assert.deepEqual(clear((await server.of(stale.request))[0]!), ['account-1', 'error', 'policies-changed']);
    const refused = await ask('state', {}, { ...sso, client_id: 'app' });
    assert.deepEqual(clear((await server.of(refused.request))[0]!), ['account-1', 'error', 'scope-insufficient']);
  });
});

const clear = ({ content }: Opened): unknown[] => [content['user'], content['outcome'], content['reason'] ?? null];
const patientsOf = async (request: string): Promise<(string | null)[]> =>
  (await server.of(request)).map(({ patient }) => patient);

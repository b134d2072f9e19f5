/**
 * The account and the record that a sign-in leads to: state of the accounts × claims of the identity system × writer of the record ×
 * environment. Each case runs through real HTTP, from a sign-in at OneID to the account.
 */
import assert from 'node:assert/strict';
import { createHmac, hkdfSync } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { createSso } from '@dhp/sso';
import { openIdentitySources } from '@dhp/administration';
import { openAccounts } from '@dhp/accounts';
import { type FoundRecord, type RecordWriter, outcomeOf, type HeldRecord, type Outcome } from '@dhp/accounts/testing';
import { Browser } from './browser.ts';
import { issuer, newClient, playground, production, testBed } from './support.ts';
import { oneIdBed, throughOneId } from './upstream-bed.ts';

const bed = await testBed();
const oneid = await oneIdBed();
const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
const sources = openIdentitySources(bed.sql, { actor: 'cli:tester', reason: 'order 12' });
const redirectUri = 'https://clinic.example.uz/cb';
const password = 'correct horse battery';
let found: FoundRecord[] = [];
const common = { upstreams: [oneid.upstream], allowedHosts: [oneid.host], directory: () => Promise.resolve(found) };
/** Production, and the playground without production. */
const worlds = {
  production: await bed.start({ ...common, identityEnvironments: ['production'] }),
  playground: await bed.start({ ...common, environments: { playground }, identityEnvironments: ['playground'] }),
};
type World = keyof typeof worlds;
let client: { id: string; redirectUri: string };
const sourceIds = { production: '', playground: '' };
let people = 0;

before(async () => {
  const { id } = await newClient(bed.clients, {
    ...{ grants: ['authorization_code'], scopes: ['openid'], redirectUris: [redirectUri], public: true },
  });
  client = { id, redirectUri };
  for (const environment of ['production', 'playground'] as const) {
    const { id: source } = await newClient(bed.clients, { environment });
    sourceIds[environment] = source;
    await sources.name({ client_id: source, environment, resource_type: 'Patient' });
  }
});

function pinflHash(): Buffer {
  const key = Buffer.from(hkdfSync('sha256', bed.encryptionKey, '', 'dhp sso upstreams', 32));
  return createHmac('sha256', key).update(`pinfl ${oneid.claims.pin}`).digest();
}

/** Writers of the number in the record, and the environments in which each is trusted. */
const evidence: Record<
  string,
  { writer: (world: World) => RecordWriter | undefined; isConfirmed?: boolean; believed: World[] }
> = {
  'nobody known': { writer: () => undefined, believed: [] },
  'a source': {
    writer: (world) => ({ kind: 'system', client: sourceIds[world] }),
    believed: ['production', 'playground'],
  },
  'a person through a source': { writer: (world) => ({ kind: 'user', client: sourceIds[world] }), believed: [] },
  'a patient through a source': { writer: (world) => ({ kind: 'patient', client: sourceIds[world] }), believed: [] },
  'a source of the other environment': {
    writer: (world) => ({ kind: 'system', client: sourceIds[world === 'production' ? 'playground' : 'production'] }),
    believed: [],
  },
  'another client': { writer: () => ({ kind: 'system', client: 'other' }), believed: [] },
  'the platform itself': { writer: () => ({ kind: 'internal' }), believed: ['playground'] },
  'nobody known, and an operator confirmed it': {
    writer: () => undefined,
    isConfirmed: true,
    believed: ['production', 'playground'],
  },
};

interface State {
  prepare: (record: FoundRecord) => Promise<{ owner?: string }>;
  /** Whether the person gets the record if the claim is trusted. */
  gets: boolean;
}

const username = (): string => `owner-${String(people)}`;
const states: Record<string, State> = {
  'no account': { prepare: () => Promise.resolve({}), gets: true },
  'an account of a password with the record': {
    prepare: async (record) => ({
      owner: (await accounts.create({ username: username(), name: 'O', password, identities: [record] })).accountId,
    }),
    gets: false,
  },
  'a disabled account with the record': {
    prepare: async (record) => {
      const { accountId } = await accounts.create({ username: username(), name: 'O', password, identities: [record] });
      await accounts.disable(username());
      return { owner: accountId };
    },
    gets: false,
  },
  'an account of a password with the record that waits': {
    prepare: async ({ environment, type, fhir_id: id }) => {
      const { accountId } = await accounts.create({ username: username(), name: 'O', password });
      await bed.sql`insert into sso.unconfirmed_identity values (${accountId}, ${environment}, ${type}, ${id})`;
      return { owner: accountId };
    },
    gets: true,
  },
};

async function comeIn(world: World): Promise<{ accountId: string; records: string[] }> {
  await throughOneId(new Browser(worlds[world].url), client);
  const [row] = await bed.sql<{ account_id: string }[]>`
    select account_id from sso.audit_event where event = 'sign-in.succeeded' order by id desc limit 1`;
  const rows = await bed.sql<FoundRecord[]>`select * from sso.account_identity where account_id = ${row!.account_id}`;
  return { accountId: row!.account_id, records: rows.map((one) => `${one.environment} ${one.type}/${one.fhir_id}`) };
}

async function casesOf(accountId: string): Promise<string[]> {
  const rows = await bed.sql<{ kind: string }[]>`
    select kind from sso.identity_case where account_id = ${accountId} and decided_at is null`;
  return rows.map(({ kind }) => kind);
}

for (const world of ['production', 'playground'] as const) {
  describe(`a first sign-in, the ${world} believed`, () => {
    for (const [state, { prepare, gets }] of Object.entries(states)) {
      for (const [who, { writer, isConfirmed, believed }] of Object.entries(evidence)) {
        for (const method of ['LOGINPASSMETHOD', 'PKCSMETHOD']) {
          const isBelieved = believed.includes(world);
          const outcome = !isBelieved ? 'no record, unproven' : gets ? 'the record' : 'no record, taken';
          it(`${state}, ${method}, written by ${who}: an own account, ${outcome}`, async () => {
            people += 1;
            Object.assign(oneid.claims, { pin: `301019${String(people).padStart(8, '0')}`, auth_method: method });
            const record = { environment: world, type: 'Patient', fhir_id: `p-${String(people)}` } as const;
            const by = writer(world);
            found = [{ ...record, ...(by && { writer: by }) }];
            if (isConfirmed === true) {
              await bed.sql`insert into sso.record_confirmation values (${world}, 'Patient', ${record.fhir_id}, ${pinflHash()}, now(), 'cli:a')`;
            }
            const { owner } = await prepare(record);
            const { accountId, records } = await comeIn(world);
            assert.notEqual(accountId, owner);
            const isBound = isBelieved && gets;
            assert.deepEqual(records, isBound ? [`${world} Patient/${record.fhir_id}`] : []);
            assert.deepEqual(await casesOf(accountId), isBound ? [] : [isBelieved ? 'taken' : 'unproven']);
          });
        }
      }
    }
  });
}

describe('records that change later', () => {
  const record = (id: string): FoundRecord => ({
    ...{ environment: 'production', type: 'Patient', fhir_id: `${id}-${String(people)}` },
    writer: { kind: 'system', client: sourceIds.production },
  });
  const named = (id: string): string => `production Patient/${id}-${String(people)}`;
  const unproven = (id: string): FoundRecord => ({
    ...record(id),
    writer: { kind: 'user', client: sourceIds.production },
  });

  const changes: { is: string; then: () => FoundRecord[]; records: () => string[]; cases: string[] }[] = [
    { is: 'stays', then: () => [record('a')], records: () => [named('a')], cases: [] },
    { is: 'loses the number', then: () => [], records: () => [], cases: ['lost'] },
    { is: 'has it from somebody else now', then: () => [unproven('a')], records: () => [], cases: ['unproven'] },
    { is: 'gives it to another, by a source', then: () => [record('b')], records: () => [named('b')], cases: [] },
    {
      is: 'gives it to another, by somebody else',
      then: () => [unproven('b')],
      records: () => [],
      cases: ['unproven'],
    },
    {
      is: 'is joined by another of a source',
      then: () => [record('a'), record('b')],
      records: () => [named('a')],
      cases: ['several'],
    },
    {
      is: 'is joined by another of somebody else',
      then: () => [record('a'), unproven('b')],
      records: () => [named('a')],
      cases: [],
    },
  ];
  for (const { is, then, records, cases } of changes) {
    it(`it ${is}`, async () => {
      people += 1;
      oneid.claims.pin = `301019${String(people).padStart(8, '0')}`;
      found = [record('a')];
      const first = await comeIn('production');
      assert.deepEqual(first.records, [named('a')]);
      found = then();
      const second = await comeIn('production');
      assert.equal(second.accountId, first.accountId);
      assert.deepEqual(second.records, records());
      assert.deepEqual(await casesOf(first.accountId), cases);
      const revoked = await bed.sql`select from sso.revocation where subject = ${`sub:${first.accountId}`}`;
      assert.equal(revoked.length, records()[0] === named('a') ? 0 : 1, 'tokens that name the record of before');
    });
  }

  it('two of a source refuse nobody, and an operator decides; the same two open no second case', async () => {
    people += 1;
    oneid.claims.pin = `301019${String(people).padStart(8, '0')}`;
    found = [record('a'), record('b')];
    const { accountId, records } = await comeIn('production');
    assert.deepEqual(records, []);
    const open = async (): Promise<{ case_id: string; fhir_ids: string[] }[]> =>
      (await sources.cases({ count: 500 })).items.filter((one) => one.account_id === accountId);
    const [one] = await open();
    assert.deepEqual(
      one!.fhir_ids,
      ['a', 'b'].map((id) => record(id).fhir_id),
    );
    await assert.rejects(sources.decide(one!.case_id, 'other'), { kind: 'invalid-value' });
    await sources.decide(one!.case_id, record('b').fhir_id);
    await assert.rejects(sources.decide(one!.case_id, record('a').fhir_id), { kind: 'unknown-proof' });
    assert.deepEqual((await comeIn('production')).records, [named('b')]);
    assert.deepEqual(await open(), []);
    const [event] = await bed.sql<{ reason: string; actor: string }[]>`
      select reason, actor from sso.audit_event where account_id = ${accountId} and event = 'identity-case.decided'`;
    assert.deepEqual({ ...event }, { reason: `several: ${named('b')}: order 12`, actor: 'cli:tester' });
  });

  it('count no longer when their source does not', async () => {
    people += 1;
    oneid.claims.pin = `301019${String(people).padStart(8, '0')}`;
    const { id } = await newClient(bed.clients, { environment: 'production' });
    const name = { client_id: id, environment: 'production', resource_type: 'Patient' } as const;
    await sources.name(name);
    await assert.rejects(sources.name(name), { kind: 'settled' });
    found = [{ ...record('a'), writer: { kind: 'system', client: id } }];
    assert.equal((await comeIn('production')).records.length, 1);
    await sources.remove(name);
    assert.equal((await comeIn('production')).records.length, 0);
  });
});

describe('a source', () => {
  const name = (o: object): Parameters<typeof sources.name>[0] => ({
    ...({ client_id: sourceIds.production, environment: 'production', resource_type: 'Practitioner' } as const),
    ...o,
  });
  it('is a client of its environment, named with a reason', async () => {
    await assert.rejects(sources.name(name({ client_id: 'nobody' })), { kind: 'unknown-proof' });
    await assert.rejects(sources.name(name({ environment: 'playground' })), { kind: 'invalid-value' });
    await assert.rejects(openIdentitySources(bed.sql, { actor: 'cli:a' }).name(name({})), { kind: 'invalid-value' });
  });
  it('cannot be a client that asks for evidence itself', async () => {
    await assert.rejects(newClient(bed.clients, { scopes: ['system/*.cruds', 'dhp.identity-evidence'] }), {
      name: 'ClientError',
    });
  });
});

describe('the start', () => {
  const start = (o: object): Promise<unknown> =>
    createSso({
      sql: bed.sql,
      issuer,
      environments: { playground, production },
      encryptionKey: bed.encryptionKey,
      defaultLanguage: 'uz',
      ...o,
    });
  it('refuses the playground beside production, and what is not served', async () => {
    await assert.rejects(
      start({ identityEnvironments: ['playground'] }),
      /identityEnvironments: every client may write/,
    );
    await assert.rejects(start({ environments: { playground }, identityEnvironments: ['production'] }), /not served/);
  });
});

describe('the table of what records prove', () => {
  const one = (id: string): HeldRecord => ({
    environment: 'production',
    type: 'Patient',
    fhir_id: id,
    proof: 'record',
  });
  const proven = (id: string): { record: HeldRecord; isProven: boolean } => ({ record: one(id), isProven: true });
  const doubtful = (id: string): { record: HeldRecord; isProven: boolean } => ({ record: one(id), isProven: false });
  const held = {
    nothing: undefined,
    'an operator’s a': { ...one('a'), proof: 'operator' } as const,
    'a by its record': one('a'),
  };
  const finds = {
    nothing: [],
    'a proven': [proven('a')],
    'b proven': [proven('b')],
    'a in doubt': [doubtful('a')],
    'b in doubt': [doubtful('b')],
    'a and b proven': [proven('a'), proven('b')],
    'b and c proven': [proven('b'), proven('c')],
    'a proven, b in doubt': [proven('a'), doubtful('b')],
    'a in doubt, b proven': [doubtful('a'), proven('b')],
  };
  const shown = ({ ends, binds, opens }: Outcome): string =>
    [ends ? 'ends' : '', binds === undefined ? '' : `binds ${binds.fhir_id}`, opens === undefined ? '' : opens.kind]
      .filter((word) => word !== '')
      .join(', ') || 'nothing';
  const table: Record<keyof typeof finds, Record<keyof typeof held, string>> = {
    nothing: { nothing: 'nothing', 'an operator’s a': 'nothing', 'a by its record': 'ends, lost' },
    'a proven': { nothing: 'binds a', 'an operator’s a': 'nothing', 'a by its record': 'nothing' },
    'b proven': { nothing: 'binds b', 'an operator’s a': 'nothing', 'a by its record': 'ends, binds b' },
    'a in doubt': { nothing: 'unproven', 'an operator’s a': 'nothing', 'a by its record': 'ends, unproven' },
    'b in doubt': { nothing: 'unproven', 'an operator’s a': 'nothing', 'a by its record': 'ends, unproven' },
    'a and b proven': { nothing: 'several', 'an operator’s a': 'several', 'a by its record': 'several' },
    'b and c proven': { nothing: 'several', 'an operator’s a': 'several', 'a by its record': 'ends, several' },
    'a proven, b in doubt': { nothing: 'binds a', 'an operator’s a': 'nothing', 'a by its record': 'nothing' },
    'a in doubt, b proven': { nothing: 'binds b', 'an operator’s a': 'nothing', 'a by its record': 'ends, binds b' },
  };
  for (const [what, row] of Object.entries(table)) {
    for (const [of, expected] of Object.entries(row)) {
      it(`found: ${what}; held: ${of}: ${expected}`, () => {
        const asked = [finds[what as keyof typeof finds], held[of as keyof typeof held]] as const;
        assert.equal(shown(outcomeOf(...asked, () => false)), expected);
        const isTaken = shown(outcomeOf(...asked, () => true));
        assert.equal(isTaken, expected.replace(/binds \w/, 'taken'));
      });
    }
  }
});

/** Two concurrent acts on one client, or on one person: neither undoes the other, whatever their order. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openAccounts, openPeople } from '@dhp/accounts';
import { asRequest, backend, registrationBed } from './registration-bed.ts';
import { whileHeld } from './held-row.ts';
import { newClient } from './support.ts';

const { bed, call, registered } = await registrationBed();
const { sql } = bed;

interface Act<Shown> {
  readonly name: string;
  readonly run: (id: string) => Promise<unknown>;
  /** Whether the row shows the effect of the act. */
  readonly holds: (row: Shown) => boolean;
}

/** Concurrent acts: all of them wait for the row, which is then released. */
async function atOnce(
  { table, column, id }: { table: string; column: string; id: string },
  acts: (() => Promise<unknown>)[],
) {
  await whileHeld(sql, (held) => held.unsafe(`select 1 from sso.${table} where ${column} = '${id}' for update`), acts);
}

/** Each of the acts with each other one, in both orders. */
const pairs = <Shown>(acts: readonly Act<Shown>[]): [Act<Shown>, Act<Shown>][] =>
  acts.flatMap((one) => acts.filter((other) => other !== one).map((other): [Act<Shown>, Act<Shown>] => [one, other]));

interface ClientShown {
  name: string;
  scopes: string[];
  organization: string | null;
  dpop_bound: boolean;
  disabled_at: Date | null;
  old: boolean;
  details: Record<string, unknown>;
}

const clientActs: Act<ClientShown>[] = [
  { name: 'name', run: (id) => bed.clients.change(id, { name: 'Other' }), holds: ({ name }) => name === 'Other' },
  {
    name: 'fewer scopes',
    run: (id) => bed.clients.change(id, { scopes: ['system/Patient.r'] }),
    holds: ({ scopes }) => scopes.join() === 'system/Patient.r',
  },
  {
    name: 'organization',
    run: (id) => bed.clients.change(id, { organization: 'org-1' }),
    holds: ({ organization }) => organization === 'org-1',
  },
  { name: 'dpop', run: (id) => bed.clients.change(id, { dpopBound: true }), holds: (row) => row.dpop_bound },
  {
    name: 'details',
    run: (id) => bed.clients.change(id, { details: { client_uri: 'https://clinic.example.uz' } }),
    holds: ({ details }) => details['client_uri'] === 'https://clinic.example.uz',
  },
  { name: 'disable', run: (id) => bed.clients.disable(id), holds: (row) => row.disabled_at !== null },
  { name: 'secret', run: (id) => bed.clients.rotateSecret(id, { keepOld: true }), holds: (row) => row.old },
];

describe('acts on a client', () => {
  it('of every pair both hold', async () => {
    const lost: string[] = [];
    for (const [one, other] of pairs(clientActs)) {
      const { id } = await newClient(bed.clients);
      await atOnce({ table: 'client', column: 'client_id', id }, [() => one.run(id), () => other.run(id)]);
      const [row] = await sql<ClientShown[]>`
        select *, previous_secret_hash is not null as old from sso.client where client_id = ${id}`;
      for (const act of [one, other]) if (!act.holds(row!)) lost.push(`${act.name} of ${one.name} and ${other.name}`);
    }
    assert.deepEqual(lost, []);
  });

  it('an operator takes scopes from a client that changes its registration: they stay taken', async () => {
    for (const isFirst of [true, false]) {
      const told = await registered({ ...backend, scope: 'system/Patient.rs' });
      const id = told['client_id']!;
      const own = (): Promise<unknown> =>
        call('PUT', told['registration_client_uri']!, told['registration_access_token'], asRequest(told));
      const taken = (): Promise<unknown> => bed.clients.change(id, { scopes: ['system/Patient.r'] });
      await atOnce({ table: 'client', column: 'client_id', id }, isFirst ? [taken, own] : [own, taken]);
      assert.deepEqual((await bed.clients.find(id))?.scopes, ['system/Patient.r'], String(isFirst));
    }
  });
});

interface PersonShown {
  name: string;
  email: string | null;
  disabled_at: Date | null;
  records: number;
}

const people = openPeople(sql, { actor: 'cli:tester' });
const accounts = openAccounts(sql, { actor: 'cli:tester' });
const identities = [{ environment: 'playground', type: 'Patient', fhir_id: 'p-1' }] as const;
const personActs: Act<PersonShown>[] = [
  { name: 'name', run: (id) => people.change(id, { name: 'Other' }), holds: ({ name }) => name === 'Other' },
  {
    name: 'email',
    run: (id) => people.change(id, { email: 'a@example.uz' }),
    holds: (row) => row.email === 'a@example.uz',
  },
  {
    name: 'records',
    run: (id) => people.change(id, { identities: [...identities] }),
    holds: (row) => row.records === 1,
  },
  { name: 'disable', run: (id) => accounts.disable(id, {}), holds: (row) => row.disabled_at !== null },
];

describe('acts on a person', () => {
  it('of every pair both hold', async () => {
    const lost: string[] = [];
    for (const [n, [one, other]] of pairs(personActs).entries()) {
      const username = `person-${String(n)}`;
      await accounts.create({ username, name: 'Aziza', identities: [], email: 'before@example.uz' });
      await atOnce({ table: 'account', column: 'username', id: username }, [
        () => one.run(username),
        () => other.run(username),
      ]);
      const [row] = await sql<PersonShown[]>`
        select name, email, disabled_at,
               (select count(*)::int from sso.account_identity i where i.account_id = a.account_id) as records
        from sso.account a where username = ${username}`;
      for (const act of [one, other]) if (!act.holds(row!)) lost.push(`${act.name} of ${one.name} and ${other.name}`);
    }
    assert.deepEqual(lost, []);
  });
});

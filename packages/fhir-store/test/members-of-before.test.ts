/**
 * Roles, teams and groups that a server of an earlier release stores beside this one: it leaves the links of the previous version, or makes some
 * without their version. Until they are made again they give nobody access, and refuse everybody.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { linkKinds, isMembership } from '@dhp/care';
import type { JsonResource } from '@dhp/fhir-search';
import { typeNumber } from '@dhp/fhir-model';
import type { Sql } from '@dhp/postgres';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import type { Consented } from '@dhp/search-index';
import { careHash, memberDefinition, memberTypes } from '@dhp/search-index/care';
import { consentHash } from '@dhp/search-index/consents';
import { hash64 } from '@dhp/search-index/keys';
import { indexRow } from '@dhp/search-index/rows';
import { migrations, openStore, type FhirStore, type Writer } from '../src/index.ts';
import { consentOf, nobody } from './consent-world.ts';
import { newVersion, unconditional } from './database.ts';

const options = { timeZone: 'Asia/Tashkent', ownBases: ['https://fhir.example/base'] };
let database: TestDatabase;
let store: FhirStore;
let sql: Sql;
before(async () => {
  database = await testDatabase({ name: 'members_of_before', migrations: [migrations] });
  store = await openStore({ url: database.url, ...options });
  sql = database.sql; // of the owner
  await store.buildCare();
});
after(async () => {
  await store.close();
  await database.drop();
});

const to = (reference: string): object => ({ reference });
const group = (...members: string[]): JsonResource => ({
  ...{ resourceType: 'Group', membership: 'enumerated', member: members.map((each) => ({ entity: to(each) })) },
});
const put = async (id: string, resource: JsonResource): Promise<void> => {
  await store.update({ ...newVersion(resource), id, ...unconditional });
};
const repaired = (type: string, id: string): Promise<number> => store.repairMembers([{ type, id }]);

/** The writes of a server without care links. */
async function leftBehind(type: string, id: string, content: JsonResource | undefined): Promise<void> {
  await sql`
    with old as (
      insert into fhir.history (rid, ver, shard, ty, deleted, upd, txid, content, method, writer)
      select rid, ver, shard, ty, deleted, upd, txid, content, method, writer from fhir.resource
      where ty = ${typeNumber(type)!} and id = ${id}
    )
    update fhir.resource set ver = ver + 1, txid = pg_current_xact_id(), deleted = ${content === undefined},
      content = ${JSON.stringify({ ...content, id })} where ty = ${typeNumber(type)!} and id = ${id}`;
}

/** The writes of a server that makes links without their version. */
async function unsaid(type: string, id: string): Promise<void> {
  await sql`update fhir.care_link set ver = null where own = ${String(hash64(`${type}/${id}`))}`;
}

const me: Partial<Consented> = {
  ...{ members: [careHash.reference('Practitioner/1')], hands: [careHash.subject('me')] },
  callers: [consentHash.client('c'), consentHash.actor('Practitioner/1')],
};
const actor = (reference: string): object => ({ provision: [{ actor: [{ reference: to(reference) }] }] });

/** Whether I see resources that a consent refuses to all but an actor, and those that one refuses to an actor alone. */
async function left(reference: string, asked: Partial<Consented> = me): Promise<string> {
  await put('permits', consentOf('permits', { decision: 'deny', ...actor(reference) }));
  await put('refuses', consentOf('refuses', { decision: 'permit', ...actor(reference) }));
  const seen = await Promise.all(
    ['permits', 'refuses'].map((patient) => {
      const resource = { resourceType: 'Observation', id: 'o', subject: to(`Patient/${patient}`) };
      const candidate = { type: 'Observation', id: 'o', row: indexRow(resource, { ...options }) };
      return store.consented(candidate, { ...nobody, ...asked });
    }),
  );
  return seen.map((isLeft) => (isLeft ? 'left' : 'refused')).join(' ');
}

const [within, without, unsure] = ['left refused', 'refused left', 'refused refused'];

describe('a group', () => {
  it('whose links are left behind by a version lets nobody in, until they are made anew', async () => {
    await put('g', group('Practitioner/1'));
    assert.equal(await left('Group/g'), within);
    await leftBehind('Group', 'g', group('Practitioner/2'));
    assert.equal(await left('Group/g'), unsure);
    assert.equal(await repaired('Group', 'g'), 1);
    assert.equal(await left('Group/g'), without);
    assert.equal(await repaired('Group', 'g'), 0, 'once');
    await leftBehind('Group', 'g', group('Practitioner/1'));
    assert.equal(await left('Group/g'), unsure);
    await repaired('Group', 'g');
    assert.equal(await left('Group/g'), within);
  });

  it('whose links do not say their version, too', async () => {
    await put('u', group('Practitioner/1'));
    await unsaid('Group', 'u');
    assert.equal(await left('Group/u'), unsure);
    assert.equal(await repaired('Group', 'u'), 1);
    assert.equal(await left('Group/u'), within);
  });

  it('that such a server stores for the first time', async () => {
    await put('n', group('Practitioner/1'));
    await sql`delete from fhir.care_link where own = ${String(hash64('Group/n'))}`;
    assert.equal(await left('Group/n'), unsure);
    assert.equal(await repaired('Group', 'n'), 1);
    assert.equal(await left('Group/n'), within);
  });

  it('that it deletes', async () => {
    await put('d', group('Practitioner/1'));
    await leftBehind('Group', 'd', undefined);
    assert.equal(await left('Group/d'), unsure);
    assert.equal(await repaired('Group', 'd'), 1);
    assert.equal(await left('Group/d'), unsure, 'of what is not here nothing is known');
    assert.equal(await repaired('Group', 'd'), 0);
  });

  it('that has the number of a row with another one, of the version of its links', async () => {
    await put('one', group('Practitioner/1'));
    await put('two', group());
    await leftBehind('Group', 'one', group('Practitioner/2'));
    const rows = await sql<{ rid: string; shard: number }[]>`
      select rid::text, shard from fhir.identity where id in ('one', 'two') and ty = ${typeNumber('Group')!}`;
    assert.equal(new Set(rows.map(({ shard }) => shard)).size, 2, 'their rows are in two shards');
    const [first, second] = rows.map(({ rid }) => rid) as [string, string];
    for (const table of ['identity', 'resource', 'history', 'search', 'tok', 'num', 'date', 'str', 'care_link'])
      await sql.unsafe(`update fhir.${table} set rid = ${first} where rid = ${second}`);
    assert.equal(await left('Group/one'), unsure);
    assert.equal(await repaired('Group', 'one'), 1);
    assert.equal(await left('Group/one'), without);
  });

  it('that a client wrote when nobody recorded for which organisations lets no client in, and persons as ever', async () => {
    const client: Partial<Consented> = {
      members: [careHash.reference('Organization/clinic')],
      hands: [careHash.client('second'), careHash.someClient, careHash.organizations(['Organization/clinic'])],
      callers: [consentHash.client('second'), consentHash.actor('Organization/clinic')],
    };
    const written = async (organizations?: string[]): Promise<void> => {
      const by = {
        kind: 'system',
        client: 'first',
        subject: 'first',
        ...(organizations !== undefined && { organizations }),
      };
      await store.delete({ type: 'Group', id: 'w' }); // so that no earlier link is kept
      await store.update({
        ...{ ...newVersion(group('Organization/clinic', 'Practitioner/1')), id: 'w', ...unconditional },
        writer: by as Writer,
      });
    };
    for (const [organizations, expected] of [
      [['Organization/other'], within],
      [['Organization/clinic'], unsure],
      [[], within],
      [undefined, unsure],
    ] as const) {
      await written(organizations && [...organizations]);
      const told = organizations?.join() ?? 'unknown';
      assert.equal(await left('Group/w', client), expected, told);
      assert.equal(await left('Group/w'), within, `a person, ${told}`);
      await sql`delete from fhir.care_build where ty = ${typeNumber('Group')!}`;
      await store.buildMembers();
      assert.equal(await left('Group/w', client), expected, `made anew, ${told}`);
    }
  });

  it('in a group', async () => {
    await put('inner', group('Practitioner/1'));
    await put('outer', group('Group/inner'));
    assert.equal(await left('Group/outer'), within);
    await leftBehind('Group', 'inner', group());
    assert.equal(await left('Group/outer'), unsure);
    await repaired('Group', 'inner');
    assert.equal(await left('Group/outer'), without);
  });

  it('that a server of this release stores again is known at once', async () => {
    await put('again', group('Practitioner/2'));
    await unsaid('Group', 'again');
    await put('again', group('Practitioner/1'));
    assert.equal(await left('Group/again'), within);
    await store.transaction([
      { kind: 'update', id: 'again', ...newVersion(group('Practitioner/2')), ...unconditional },
    ]);
    assert.equal(await left('Group/again'), without);
  });

  it('is made anew in steps, of which each stays', async () => {
    const ids = Array.from({ length: 60 }, (_, n) => `many-${String(n)}`);
    for (const id of ids) {
      await put(id, group('Practitioner/1'));
      await unsaid('Group', id);
    }
    assert.equal(await store.repairMembers(ids.map((id) => ({ type: 'Group', id }))), ids.length);
    const owns = ids.map((id) => String(hash64(`Group/${id}`)));
    const [found] = await sql<{ steps: number }[]>`
      select count(distinct xmin::text)::int as steps from fhir.care_link where own = any(${`{${owns.join()}}`}::bigint[])`;
    assert.equal(found!.steps, 2);
  });

  it('without links costs nothing to look at again', async () => {
    await put('vague', { resourceType: 'Group', membership: 'definitional' });
    assert.equal(await repaired('Group', 'vague'), 0);
  });
});

it('a part of an organisation is refused what its whole is, though no link says so', async () => {
  await put('hospital', { resourceType: 'Organization', name: 'h' });
  await put('ward', { resourceType: 'Organization', name: 'w' });
  await put('clinic', group('Organization/hospital'));
  const [own, hash] = [careHash.reference('Organization/ward'), hash64('Organization/ward')];
  const asked = { ...me, members: [own], callers: [consentHash.client('c')], organizations: [hash] };
  assert.equal(await left('Group/clinic', asked), without);
  await put('ward', { resourceType: 'Organization', name: 'w', partOf: to('Organization/hospital') });
  await sql`delete from fhir.care_link where own = ${String(own)}`;
  assert.equal(await left('Group/clinic', asked), 'refused refused');
});

it('a team lets nobody into the record of a patient by links that are left behind', async () => {
  const team = (member: string): JsonResource => ({
    ...{ resourceType: 'CareTeam', status: 'active', participant: [{ member: to(member) }] },
  });
  await put('t', team('Practitioner/1'));
  await put('v', {
    ...{ resourceType: 'Encounter', status: 'in-progress', subject: to('Patient/v'), careTeam: [to('CareTeam/t')] },
  });
  const days = linkKinds.map((kind) => (isMembership(kind) ? 0 : 1));
  const isLeft = (): Promise<boolean> => {
    const resource = { resourceType: 'Observation', id: 'o', subject: to('Patient/v') };
    const candidate = { type: 'Observation', id: 'o', row: indexRow(resource, { ...options }) };
    return store.cared(candidate, {
      ...{ op: 'cared', of: 'record', opened: [], subject: careHash.subject('me') },
      ...{ callers: [careHash.reference('Practitioner/1')], windows: { before: days, after: days, open: days } },
    });
  };
  assert.equal(await isLeft(), true);
  await leftBehind('CareTeam', 't', team('Practitioner/2'));
  assert.equal(await isLeft(), false);
  await leftBehind('CareTeam', 't', team('Practitioner/1'));
  assert.equal(await isLeft(), false);
  await repaired('CareTeam', 't');
  assert.equal(await isLeft(), true);
});

it('while links are made as this program makes them, those of before are held as they were', async () => {
  await put('meanwhile', group('Practitioner/1'));
  await unsaid('Group', 'meanwhile');
  await sql`update fhir.care_build set complete = false where definition = ${memberDefinition} and ty = ${memberTypes[0]!}`;
  assert.equal(await left('Group/meanwhile'), 'left refused');
  await store.buildMembers();
  assert.equal(await left('Group/meanwhile'), unsure);
});

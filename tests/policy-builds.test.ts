/**
 * Access policies that depend on stored data: a running server starts to build it at once, without a request, and a server started after a
 * kill -9 continues the build.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, databaseUrl, startEmbedded, type Sql } from '@dhp/postgres';
import { until } from '@dhp/postgres/testing';
import { openHome, type Home, type Platform } from './platform.ts';
import { gone } from './processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'dhp-builds-'));
let place: Home;
let platform: Platform;
before(async () => {
  place = await openHome({ begins: 'migrated', serves: 'sso,fhir', environment: { DHP_SEED_PATIENTS: '10' } });
  platform = await place.start();
});
after(async () => {
  rmSync(folder, { recursive: true });
  await place.close();
});

async function activate(label: string): Promise<void> {
  const file = join(folder, 'policies.json');
  const labels = { rules: [{ name: 'all', labels: [label], codes: ['http://loinc.org|85354-9'] }], clearances: [] };
  const policies = { others: 'as-scoped', rules: [], consent: 'enforced', care: { roles: ['surgeon'] }, labels };
  writeFileSync(file, JSON.stringify(policies));
  await place.json(['policy', 'activate', file, '--reason', 'a test']);
}

/** The database of the playground, as its owner sees it. */
async function inDatabase<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
  const { url } = await startEmbedded({ directory: join(place.data, 'postgres') });
  const sql = connect(databaseUrl(url, 'dhp_playground'), { max: 1, applicationName: 'dhp test builds' });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

interface Build {
  readonly phase: string;
  readonly rid: number;
  readonly withheld: readonly string[];
}

async function labelling(sql: Sql): Promise<Build | undefined> {
  const [row] = await sql<{ phase: string; rid: string; withheld: string[] }[]>`
    select phase, rid, withheld from fhir.label_definition order by number desc limit 1`;
  return row && { phase: row.phase, rid: Number(row.rid), withheld: row.withheld };
}

test('begin on a server that runs, without a request', async () => {
  await activate('urn:l|ONE');
  await inDatabase(async (sql) => {
    await until('labels are complete', async () => (await labelling(sql))?.phase === 'complete');
    const rows = async (what: string): Promise<number> =>
      Number((await sql.unsafe<{ n: string }[]>(`select count(*) as n from ${what}`))[0]!.n);
    await until('consents are complete', async () => (await rows('fhir.consent_build where complete')) > 0);
    await until('care is complete', async () => (await rows('fhir.care_build where complete')) > 0);
    assert.ok((await labelling(sql))!.withheld.includes('urn:l|ONE'));
    const named = await rows(`fhir.resource where not deleted and content like '%"85354-9"%'`);
    assert.equal(await rows(`fhir.label where labels @> '{urn:l|ONE}'`), named);
    assert.ok(named > 0, 'nothing has the code: nothing is proved');
    assert.ok((await rows('fhir.resource')) > 400, 'what is stored is done in one step or two');
  });
});

test('go on after a kill -9 where they ended', async () => {
  const postmaster = await place.postmaster();
  assert.ok(postmaster);
  const atKill = await inDatabase(async (sql) => {
    const [before] = await sql<{ number: number }[]>`select max(number) as number from fhir.label_definition`;
    const activated = activate('urn:l|TWO');
    let build: Build | undefined;
    await sql
      .begin(async (held) => {
        // After the first step, nothing more is written to the table.
        await held.unsafe(`do $$ begin
          while not exists (select from fhir.label_definition where number > ${String(before!.number)} and (rid >= 0 or phase <> 'current')) loop
            perform pg_sleep(0.001);
          end loop;
          lock table fhir.label in share row exclusive mode;
        end $$`);
        build = await labelling(held as unknown as Sql);
        await activated;
        await platform.end('SIGKILL');
      })
      .catch(() => undefined); // PostgreSQL may have ended with its platform
    return build!;
  });
  assert.ok(await gone(postmaster, 60_000));
  assert.ok(atKill.phase !== 'complete' && !atKill.withheld.includes('urn:l|TWO'), JSON.stringify(atKill));
  platform = await place.start();
  await inDatabase(async (sql) => {
    const first = (await labelling(sql))!;
    assert.ok(first.phase !== atKill.phase || first.rid >= atKill.rid, 'what was done is done');
    await until('labels are complete again', async () => (await labelling(sql))?.phase === 'complete');
    assert.ok((await labelling(sql))!.withheld.includes('urn:l|TWO'));
    const [row] = await sql<{ labelled: string; named: string; old: string }[]>`
      select (select count(*) from fhir.label where labels @> '{urn:l|TWO}') as labelled,
             (select count(*) from fhir.label where labels @> '{urn:l|ONE}') as old,
             (select count(*) from fhir.resource where not deleted and content like '%"85354-9"%') as named`;
    assert.deepEqual([row!.labelled, row!.old], [row!.named, '0']);
  });
});

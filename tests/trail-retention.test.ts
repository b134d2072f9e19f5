/** Old months of the trail of requests end by a setting, while the platform runs. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openStore } from '@dhp/fhir-store';
import { connect, databaseUrl, startEmbedded } from '@dhp/postgres';
import { openSealer, trailKeys } from '@dhp/trail';
import { openDataDirectory } from '../apps/dhp/src/data-directory.ts';
import { trailSecret } from '../apps/dhp/src/server-keys.ts';
import { openHome, type Home } from './platform.ts';

let place: Home;

function firstOf(monthsAgo: number): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - monthsAgo, 1));
}
const month = (monthsAgo: number): string => firstOf(monthsAgo).toISOString().slice(0, 7);

/** Stores a record of this many months ago, each under a head, before the platform starts. */
async function records(monthsAgo: readonly number[]): Promise<void> {
  const keys = trailKeys(trailSecret(openDataDirectory(place.data).secretKey(), 'playground'));
  const server = await startEmbedded({ directory: join(place.data, 'postgres'), attach: true });
  const url = databaseUrl(server.url, 'dhp_playground');
  const sql = connect(url, { max: 1, applicationName: 'dhp test retention' });
  const store = await openStore({ url, timeZone: 'Asia/Tashkent' });
  try {
    for (const ago of monthsAgo) {
      const name = `fhir_audit.audit_record_${month(ago).replace('-', '')}`;
      const [from, to] = [firstOf(ago), firstOf(ago - 1)].map((date) => date.toISOString());
      await sql.unsafe(`create table if not exists ${name} (like fhir.audit_record including defaults)`);
      await sql.unsafe(
        `alter table fhir.audit_record attach partition ${name} for values from ('${from!}') to ('${to!}')`,
      );
      const recorded = firstOf(ago).getTime() + 3_600_000;
      const made = { recorded, patient: 'old', content: { interaction: 'read', action: 'R' }, sealed: { id: 'old' } };
      await store.trail.record([openSealer(keys).row(made)]);
    }
  } finally {
    await store.close();
    await sql.end({ timeout: 5 });
    await server.stop();
  }
}

before(async () => {
  // Months are counted from the current one, which must not end meanwhile.
  while (firstOf(-1).getTime() - Date.now() < 300_000) await delay(1_000);
  const environment = { DHP_AUDIT: 'on', DHP_AUDIT_MONTHS: '3' };
  place = await openHome({ begins: 'migrated', serves: 'sso,fhir', programs: 'kept', environment });
  await records([5, 4, 3]);
});
after(() => place.close());

test('the platform ends months that are old enough, and the trail is whole', { timeout: 300_000 }, async () => {
  await place.start();
  const states = async (): Promise<Record<string, string>> => {
    const { periods } = await place.json<{ periods: { month: string; state: string }[] }>(['audit', 'periods']);
    return Object.fromEntries(periods.map((one) => [one.month.slice(0, 7), one.state]));
  };
  for (const deadline = Date.now() + 240_000; (await states())[month(4)] !== 'ended';) {
    assert.ok(Date.now() < deadline, 'the months are not ended');
    await delay(500);
  }
  const { [month(5)]: oldest, [month(3)]: young } = await states();
  assert.deepEqual([oldest, young], ['ended', 'here']);
  const verified = await place.run(['audit', 'verify']);
  assert.match(
    verified.stdout + verified.stderr,
    /Requests of playground: whole: .*\n.*\nRemoved by signed statements, not read: 2 records\./,
  );
  const exported = await place.run(['audit', 'export', '--requests', 'playground', '--reason', 'to look']);
  assert.match(exported.stdout, /setting:DHP_AUDIT_MONTHS/);
  assert.match(exported.stdout, /DHP_AUDIT_MONTHS=3/);
});

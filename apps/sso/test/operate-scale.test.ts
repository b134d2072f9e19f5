/**
 * The operators' lists with many rows: no page scans a whole table. DHP_OPERATE_PEOPLE sets the number of people (default 20,000); with
 * more the times are meaningful, which the test prints and does not judge.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@dhp/postgres';
import type { Browser } from './browser.ts';
import { operateBed } from './operate-bed.ts';

const many = Number(process.env['DHP_OPERATE_PEOPLE'] ?? 20_000);
const { bed, clock, idOf, register, withoutScripts } = await operateBed();
const { sql } = bed;
let browser: Browser;

/** People, one session each, an event for each of these and for each fifth a refusal; the tenth part as many clients. */
async function populate(): Promise<void> {
  const now = clock();
  // A separate connection: closing it publishes its read counts, so that they are not mistaken for those of the pages.
  const sql = connect(bed.ownerUrl, { max: 1 });
  await sql`
    insert into sso.account (account_id, username, name, words_of, created_at, updated_at)
    select md5('p' || n)::uuid, 'person-' || n, 'Person' || n || ' Family' || n % 1000, 'Person' || n || ' Family' || n % 1000,
           ${now}::timestamptz - n * interval '1 second', ${now}
    from generate_series(1, ${many}) as n`;
  await sql`
    insert into sso.account_word (word, account_id)
    select w, md5('p' || n)::uuid from generate_series(1, ${many}) as n
    cross join lateral unnest(array['person' || n, 'family' || n % 1000]) as w`;
  await sql`
    insert into sso.client (client_id, name, words_of, environment, grants, scopes, redirect_uris, public, created_at, updated_at)
    select 'client-' || n, 'Client ' || n, 'Client ' || n, 'playground', '{client_credentials}', '{}', '{}', false,
           ${now}::timestamptz - n * interval '1 minute', ${now}
    from generate_series(1, ${many / 10}) as n`;
  await sql`
    insert into sso.client_word (word, client_id)
    select w, 'client-' || n from generate_series(1, ${many / 10}) as n cross join lateral unnest(array['client', n::text]) as w`;
  await sql`
    insert into sso.session_detail (session_uid, account_id, began_at, last_used_at, address, user_agent)
    select 's' || n, md5('p' || n)::uuid, ${now}, ${now}::timestamptz - n * interval '1 second',
           '10.0.0.0'::inet + n, 'Firefox/1 Linux'
    from generate_series(1, ${many}) as n`;
  await sql`
    insert into sso.artifact (model, id_hash, content, uid, account_id, expires_at)
    select 'Session', sha256(('s' || n)::bytea), '\\x00', 's' || n, md5('p' || n)::uuid, ${now}::timestamptz + interval '1 hour'
    from generate_series(1, ${many}) as n`;
  await sql`
    insert into sso.session_client (session_uid, client_id, account_id, sid, noted_at)
    select 's' || n, 'client-' || 1 + n % 100, md5('p' || n)::uuid, 'sid' || n, ${now}::timestamptz - n * interval '1 second'
    from generate_series(1, ${many}) as n`;
  await sql`
    insert into sso.audit_event (recorded, event, reason, client_id, address, account_id, correlation_id)
    select ${now}::timestamptz - (${many} - n) * interval '1 second',
           case when n % 5 = 0 then 'sign-in.refused' when n % 2 = 0 then 'sign-in.succeeded' else 'token.issued' end,
           'pwd', 'client-' || 1 + n % 100, '10.0.0.0'::inet + n % 65536, md5('p' || n)::uuid, 'request-' || n
    from generate_series(1, ${many}) as n`;
  await sql`analyze`;
  await sql`select brin_summarize_new_values('sso.audit_event_correlation')`;
  await sql.end({ timeout: 5 });
}

const tables = ['account', 'account_word', 'client', 'session_detail', 'session_client', 'artifact', 'audit_event'];

/** Rows read since the database started: by sequential scans, and through indexes. */
async function rowsRead(): Promise<Record<string, number>> {
  await delay(1200); // Servers publish their read counts once a second.
  const rows = await sql<{ relname: string; read: string }[]>`
    select relname, seq_tup_read + coalesce(idx_tup_fetch, 0) as read
    from pg_stat_user_tables where schemaname = 'sso' and relname = any(${tables}::text[])`;
  return Object.fromEntries(rows.map(({ relname, read }) => [relname, Number(read)]));
}

describe('the operators’ lists', () => {
  before(async () => {
    await register('nodira', 'Nodira Oʻktamova');
    await populate();
    ({ browser } = await withoutScripts('operator', '/operate/keys'));
  });

  /** Rows that had been read up to the last call. */
  let lately: Record<string, number>;
  async function readSince(): Promise<string> {
    const now = await rowsRead();
    const grown = tables.map((name) => `${name} ${String(now[name]! - lately[name]!)}`);
    lately = now;
    return grown.filter((one) => !one.endsWith(' 0')).join(', ');
  }

  it('read about as much as they show, wherever in them one is', async (test) => {
    const middle = (step: number): string => new Date(clock().getTime() - (many / 2) * step).toISOString();
    const half = (id: string, step: number): string => encodeURIComponent(`${middle(step)}~${id}`);
    const paths = [
      '/users',
      `/users?after=${half('00000000-0000-0000-0000-000000000000', 1000)}`,
      `/users?q=person${String(many / 2)}`,
      `/users?q=person77+family77`,
      `/users/${idOf('nodira')}`,
      '/clients',
      `/clients?after=${half('client-1', 6000)}`,
      '/clients?q=client+77',
      '/clients/client-7',
      '/sessions',
      `/sessions?after=${half('s1', 1000)}`,
      '/sessions?client=client-7',
      '/sessions?address=10.0.1.0/28',
      '/sessions?username=person-7',
      '/sessions/s77',
      '/audit',
      '/audit?kind=sign-in.refused',
      '/audit?kind=sign-in*&outcome=refused',
      '/audit?client=client-7',
      '/audit?person=person-77',
      '/audit?request=request-77',
      '/audit?kind=account*',
      `/audit?before=${String(many / 2)}`,
    ];
    const before = await rowsRead();
    lately = before;
    for (const path of paths) {
      const began = performance.now();
      const { status, text } = await browser.get(`/operate${path}`);
      const taken = `${(performance.now() - began).toFixed(0).padStart(6)} ms`;
      if (process.env['DHP_OPERATE_PEOPLE'] !== undefined) test.diagnostic(`${taken} ${path} ${await readSince()}`);
      assert.equal(status, 200, path);
      assert.match(text, /class="(entry|object)/, `${path} finds something`);
    }
    const after = await rowsRead();
    const grown = Object.fromEntries(tables.map((name) => [name, after[name]! - before[name]!]));
    // Some thousand rows for all of these pages together: none scans people, sessions or events. Clients are a tenth, and may be scanned;
    // each read of the audit trail also verifies the end of its chain.
    const limits: Record<string, number> = { audit_event: Math.max(20_000, many / 4), client: many };
    const usual = Math.max(10_000, many / 10);
    const through = Object.entries(grown).filter(([name, rows]) => rows > (limits[name] ?? usual));
    assert.deepEqual(through, [], JSON.stringify(grown));
  });
});

/** Exports of the audit trail are valid FHIR R5: every kind of event, with every possible field and with no optional one. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, describe, it } from 'node:test';
import { testDatabase } from '@dhp/postgres/testing';
import { chainAuditEvents } from '@dhp/audit/chain';
import { exportAuditEvents } from '@dhp/audit/find';
import { migrations } from '@dhp/sso';
import { findingsIn, isError } from '../apps/dhp/src/validation/findings.ts';
import { openOffline } from '../apps/dhp/src/validation/offline.ts';

const database = await testDatabase({ name: 'audit', migrations: [migrations] });
after(() => database.drop());
const { sql } = database;

/** As the type of an event names them. */
async function kinds(): Promise<string[]> {
  const source = await readFile(new URL('../packages/audit/src/audit-event.ts', import.meta.url), 'utf8');
  return [...source.matchAll(/^ {4}\| '([a-z.-]+)'/gm)].map(([, kind]) => kind!);
}

describe('the exported audit trail', () => {
  it('is valid R5 in every row, and says who, from where, how it ended and of which request', async () => {
    const events = await kinds();
    assert.ok(events.length > 40, `${events.length} kinds`);
    await sql`
      insert into sso.audit_event (recorded, event, reason, client_id, actor, address, jti, scope, account_id, correlation_id)
      select now(), event, 'a reason', 'c-1', 'cli:dilnoza', '192.0.2.1', 'j-1', 'openid user/*.rs', gen_random_uuid(), 'r-1'
      from unnest(${events}::text[]) event`;
    await sql`insert into sso.audit_event (recorded, event) select now(), event from unnest(${events}::text[]) event`;
    for (let n = 0; n < 600; n += 1) {
      await chainAuditEvents(sql);
      const [row] = await sql<{ n: number }[]>`select count(*)::int as n from sso.audit_chain`;
      if (row!.n === 2 * events.length) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const lines: string[] = [];
    await exportAuditEvents(sql, { after: 0, write: (line) => void lines.push(line) });
    assert.equal(lines.length, 2 * events.length);

    const offline = await openOffline({ packages: [], nationalRules: true, vitalSigns: false });
    const options = { profiles: [], language: 'en', isGlobal: false } as const;
    for (const [n, text] of lines.entries()) {
      const errors = findingsIn({ file: `line ${n + 1}`, text, line: 1 }, offline, options).filter(isError);
      assert.deepEqual(errors, [], text);
      const event = JSON.parse(text) as Record<string, unknown>;
      const isWhole = text.includes('192.0.2.1');
      const facts = ['c-1', 'cli:dilnoza', 'r-1', 'a reason'].filter((fact) => text.includes(`"${fact}"`));
      assert.equal(facts.length, isWhole ? 4 : 0, text);
      assert.equal(event['resourceType'], 'AuditEvent');
    }
    const outcomes = new Map(
      lines.map((line) => {
        const { code, outcome } = JSON.parse(line) as {
          code: { coding: { code: string }[] };
          outcome: { code: { code: string } };
        };
        return [code.coding.at(-1)!.code, outcome.code.code];
      }),
    );
    const failures = ['sign-in.refused', 'token.refused', 'consent.refused', 'account.locked', 'message.given-up'];
    for (const event of failures) assert.equal(outcomes.get(event), 'error', event);
    for (const event of ['sign-in.succeeded', 'token.issued', 'client.created']) {
      assert.equal(outcomes.get(event), 'success', event);
    }
  });
});

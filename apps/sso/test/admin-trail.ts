/** The audit trail, in the administration over HTTP. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reason, type AdminFixture } from './admin-fixture.ts';

/** Declares the tests. @param fixture a server whose administration API they use */
export function trailTests(fixture: AdminFixture): void {
  const { all, audited, bed, call, operator, tokenFor } = fixture;

  describe('the audit trail', () => {
    interface Found {
      link: { relation: string; url: string }[];
      entry: { resource: Record<string, unknown> }[];
    }
    const search = async (query: Record<string, string>): Promise<Found> => {
      const { status, body } = await call('GET', `/audit-events?${new URLSearchParams(query).toString()}`);
      assert.equal(status, 200, JSON.stringify(body));
      return body as unknown as Found;
    };
    const idsOf = ({ entry }: Found): unknown[] => entry.map(({ resource }) => resource['id']);

    it('is searched as AuditEvents, the newest first, page by page', async () => {
      const began = new Date();
      const minutes = (n: number): string => new Date(began.getTime() + n * 60_000).toISOString();
      await bed.sql`
        insert into sso.audit_event (recorded, event, reason, client_id, address, correlation_id, actor)
        select ${began}::timestamptz + n * interval '1 minute', 'sign-in.refused', 'wrong-password', 'audited-client',
               '10.9.0.0'::inet + n, 'request-' || n, 'cli:auditor'
        from generate_series(1, 5) n`;
      const first = await search({ client_id: 'audited-client', count: '2' });
      const next = first.link.find(({ relation }) => relation === 'next')!.url;
      const second = await search(Object.fromEntries(new URL(next).searchParams));
      const third = await search(Object.fromEntries(new URL(second.link.at(-1)!.url).searchParams));
      const ids = [first, second, third].flatMap(idsOf);
      assert.equal(new Set(ids).size, 5);
      assert.equal(third.link.length, 1, 'the last page');
      const { resource } = first.entry[0]!;
      assert.equal(resource['resourceType'], 'AuditEvent');
      assert.equal(Date.parse(String(resource['recorded'])), Date.parse(minutes(5)));
      assert.equal((await search({ request: 'request-3' })).entry.length, 1);
      assert.equal((await search({ address: '10.9.0.4/31', event: 'sign-in.refused' })).entry.length, 2);
      assert.equal((await search({ actor: 'cli:auditor', since: minutes(2), until: minutes(4) })).entry.length, 2);
      assert.equal((await search({ event: 'key.retired', client_id: 'audited-client' })).entry.length, 0);
    });

    it('holds that it was read, by whom, by what, and how much', async () => {
      await search({ client_id: 'audited-client', count: '3' });
      const last = (await audited('audit.exported')).at(-1);
      assert.deepEqual(last, {
        actor: `client:${operator.id}`,
        reason: '3 records of clientId=audited-client&count=3',
      });
    });

    it('is for who has the scope for it, which nothing else contains and nobody writes with', async () => {
      const others = await tokenFor(all.filter((scope) => !scope.includes('audit')).join(' '));
      assert.equal((await call('GET', '/audit-events', undefined, others)).status, 403);
      assert.equal((await call('POST', '/audit-events', { reason })).status, 405);
      const scope = 'admin/audit.read';
      assert.equal((await call('POST', '/clients', { client_name: 'X', scope, reason })).status, 403);
    });

    it('says what it cannot be searched by', async () => {
      const wrong = [
        'address=nowhere',
        'since=yesterday',
        'since=2026-03-01',
        'after=x',
        'count=0',
        'person=',
        'colour=red',
      ];
      for (const query of wrong)
        assert.ok([400, 404].includes((await call('GET', `/audit-events?${query}`)).status), query);
      assert.equal((await call('GET', '/audit-events?person=nobody.at.all')).status, 404);
    });
  });
}

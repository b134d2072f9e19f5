/** Each act of the administration together with each other one on the same client, person or role: both are answered. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acts } from '@dhp/administration/testing';
import { dutiesBed } from './duties-bed.ts';
import { whileHeld } from './held-row.ts';

const { bed, target, call, waiting, operatorClient } = await dutiesBed();

const changing = acts.filter(({ method, isQuestion }) => method !== 'GET' && isQuestion !== true);
const named = (subject: string): string[] =>
  changing.filter(({ path }) => path.includes(subject)).map(({ method, path }) => `${method} ${path}`);

describe('acts at once', () => {
  for (const subject of ['{client_id}', '{username}', '{role}']) {
    it(`on one ${subject}`, async (t) => {
      const names = named(subject);
      const statuses = new Map<number, number>();
      for (const [n, one] of names.entries()) {
        for (const other of names.slice(n)) {
          const [of, ofOther] = [await target(one), await target(other)];
          const parts = { ...ofOther.parts, ...of.parts };
          const answers = await Promise.all([
            call(one, { parts, values: of.values }),
            call(other, { parts, values: ofOther.values }),
          ]);
          for (const { status, text } of answers) {
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
            assert.ok(status < 500, `${one} and ${other}: ${String(status)} ${text}`);
          }
          assert.ok(
            answers.some(({ status }) => status < 300),
            `${one} and ${other}: ${answers.map(({ text }) => text).join(' ')}`,
          );
        }
      }
      t.diagnostic(
        `${String(names.length)} acts; ${[...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')}`,
      );
      assert.ok(names.length > 1);
    });
  }
});

it('who widens a client does not approve that, also where both acts were begun before either was done', async () => {
  const approve = 'POST /clients/{client_id}/approve';
  const id = await waiting('account:00000000-0000-4000-8000-000000000001');
  const parts = { client_id: id };
  const answers = await whileHeld(
    bed.sql,
    (held) => held`select 1 from sso.client where client_id = ${id} for update`,
    [
      () => call('PATCH /clients/{client_id}', { parts, values: { scope: 'system/*.cruds' } }),
      () => call(approve, { parts }),
    ],
  );
  assert.deepEqual(
    answers.map(({ status, body }) => [status, body['error']]),
    [
      [200, undefined],
      [403, 'access_denied'],
    ],
  );
  assert.equal((await bed.clients.find(id))?.approved, undefined);
  const [event] = await bed.sql<{ actor: string; reason: string }[]>`
    select actor, reason from sso.audit_event
    where client_id = ${id} and event = 'administration.refused'`;
  assert.equal(event?.actor, `client:${operatorClient.id}`);
  assert.match(event.reason, /^own-work for POST \/admin\/clients\/\{client_id\}\/approve/);
});

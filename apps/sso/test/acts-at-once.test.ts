/** Each act of the administration together with each other one on the same client, person or role: both are answered. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acts } from '@dhp/administration/testing';
import { dutiesBed } from './duties-bed.ts';

const { target, call } = await dutiesBed();

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

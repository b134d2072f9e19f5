/** Locks of names: as many names as requested, in few locks of the server. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect, type Sql } from '@dhp/postgres';
import { lockNames, mostNames } from '../src/statements/advisory-lock.ts';
import { storeUnderTest } from './database.ts';

const underTest = await storeUnderTest('name_locks');

describe('locks of names', () => {
  let sql: Sql;
  before(() => {
    sql = connect(underTest.database.ownerUrl, { max: 4, settings: { lock_timeout: 200 } });
  });
  after(() => sql.end());

  const listOf = (n: number, prefix = 'n'): string[] => Array.from({ length: n }, (_, k) => `${prefix}${k}`);

  /** Whether the names can be had while others are held. */
  async function isFree(held: readonly string[], asked: readonly string[]): Promise<boolean> {
    return sql.begin<boolean>(async (holder) => {
      await lockNames(holder, held);
      try {
        await sql.begin((other) => lockNames(other, asked));
        return true;
      } catch (error) {
        assert.equal((error as { code?: string }).code, '55P03', String(error));
        return false;
      }
    });
  }

  it('keep others from the same name, few or many, and let few have other names', async () => {
    const [few, many] = [listOf(3), listOf(mostNames + 1)];
    assert.equal(await isFree(few, ['n1']), false);
    assert.equal(await isFree(few, many), false);
    assert.equal(await isFree(many, ['n1']), false);
    assert.equal(await isFree(many, many), false);
    assert.equal(await isFree(few, ['x', 'y']), true);
    assert.equal(await isFree(listOf(mostNames), listOf(mostNames, 'm')), true);
    assert.equal(await isFree([], many), true);
  });

  it('are bounded, however many names there are', async () => {
    const held = await sql.begin(async (session) => {
      await lockNames(session, listOf(60_000));
      const [row] = await session<{ n: number }[]>`
        select count(*)::int as n from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()`;
      return row!.n;
    });
    assert.equal(held, 2048);
  });
});

/** The short forms of `npm run proof -- failure --only clock-jumps,slow-disk`, if libfaketime and a compiler are installed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jumpAround } from './proof/failure/clock-jumps.ts';
import { noCompiler, slowDown } from './proof/failure/slow-disk.ts';
import { noFakeClock } from './proof/failure/two-clocks.ts';

const [clockLacking, diskLacking] = [(await noFakeClock()) ?? false, (await noCompiler()) ?? false];

test('the clock of a node jumps by an hour: versions, followers and tokens go on', { skip: clockLacking }, async () => {
  const { holds, said } = await jumpAround(5, 200);
  assert.ok(holds, said);
});

test(
  'the disk of the database is slow, then hangs: each write is answered in time, and nothing acknowledged is lost',
  { skip: diskLacking },
  async () => {
    const { holds, said } = await slowDown({ slowFor: 2, hangsFor: 12 });
    assert.ok(holds, said);
  },
);

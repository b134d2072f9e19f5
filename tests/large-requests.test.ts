/**
 * Large requests with a legitimate purpose: each must be answered under the default limits (docs/configuration.md). Cheap ones are sent at
 * full size. Others are sent at two small sizes, from which the cost per part is computed, and the cost at full size must be within the
 * limits; tests/cost.test.ts checks that it grows in proportion. `npm run proof -- large` sends all of them at full size.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { extrapolated, limitsOf, openLargeSubject, type LargeSubject } from './large/measure.ts';
import { largeRequests } from './large/requests.ts';

let subject: LargeSubject;
before(async () => {
  subject = await openLargeSubject();
});
after(() => subject.close());

describe('a large request is answered with the default limits', () => {
  for (const large of largeRequests) {
    const { name, size, parts } = large;
    test(name, async (context) => {
      const { measure } = subject;
      if (parts !== undefined) await measure(large, parts[0]); // One-time work is then done.
      const taken =
        parts === undefined
          ? await measure(large, size)
          : extrapolated(size, [parts[0], await measure(large, parts[0])], [parts[1], await measure(large, parts[1])]);
      const [work, rows] = [Math.round(taken.work), Math.round(taken.rows)];
      const limits = limitsOf(large, taken);
      context.diagnostic(`${work} of ${Math.round(limits.work)} units, ${rows} rows, ${Math.round(taken.bytes)} bytes`);
      assert.ok(work > 0);
      assert.ok(work <= limits.work, `it takes ${work} units of ${Math.round(limits.work)}`);
      assert.ok(rows <= limits.rows, `it reads ${rows} rows of ${limits.rows}`);
    });
  }
});

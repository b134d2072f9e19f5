/**
 * Requests that change something tell nothing of what a caller may not see, either. Two servers, of which one holds only what the caller can
 * read, take the same random requests one after the other: writes by id and by criteria, patches, deletions, Bundles, conditional reads. All
 * answers are alike, with their status, headers and bodies, and so is what is there in the end. What differs by nature is replaced: ids
 * that a server makes, by the order in which they appear. `npm run proof -- non-interference` is the long form.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { interferenceOfWrites, writers } from './interference/writes.ts';

const seed = 11;
const steps = 60;

for (const who of Object.keys(writers)) {
  describe(who, () => {
    it(`is answered alike by both, ${String(steps)} requests of seed ${String(seed)}`, async (test) => {
      const statuses = new Map<number, number>();
      const { changed, unseenIds } = await interferenceOfWrites({ who, seed, steps }, (_, status) => {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      });
      test.diagnostic(JSON.stringify(Object.fromEntries(statuses)));
      assert.ok(changed > steps / 30, `only ${String(changed)} requests changed anything: they prove little`);
      // Of an id that it chose and that is there unseen it is told by one answer, whatever is there.
      assert.ok(
        [...unseenIds].every((each) => each === '404 resource-not-found'),
        [...unseenIds].join(),
      );
    });
  });
}

/** Pages of the history of one resource of which a caller sees a part: what a naive reader of all versions shows, without looking at all of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceStore, StoredVersion } from '@dhp/fhir-store';
import { guardedReads, mostCounted } from '../src/access/guarded-reads.ts';
import type { RuleContext } from '../src/access/guard-settings.ts';

type History = ResourceStore['history'];

function versionOf(versionId: number): StoredVersion {
  const content = Buffer.from('{"resourceType":"Flag","id":"f"}');
  return { type: 'Flag', id: 'f', versionId, lastUpdated: new Date(versionId), deleted: false, content };
}

/** A resource with this many versions. @returns its history as the caller sees it, and how many versions were decided about */
function narrowed(length: number, sees: (versionId: number) => boolean): { history: History; asked: () => number } {
  let asked = 0;
  const history: History = (_type, _id, { count, before = Number.POSITIVE_INFINITY, after }) => {
    const all = Array.from({ length }, (_, n) => n + 1);
    const some = after === undefined ? all.filter((n) => n < before).reverse() : all.filter((n) => n > after);
    return Promise.resolve({ versions: some.slice(0, count).map(versionOf), total: length });
  };
  const authorizer = {
    read: () => Promise.resolve(versionOf(length)),
    isTold: () => true,
    isCurrentWithin: () => Promise.resolve(true),
    isVersionWithin({ versionId }: StoredVersion) {
      asked += 1;
      return Promise.resolve(sees(versionId));
    },
  };
  const context = { store: { history }, rules: () => ({ op: 'all', of: [] }), authorizer, reading: 'r' };
  return { history: guardedReads(context as unknown as RuleContext).history, asked: () => asked };
}

/** A sequence that is the same for the same seed. */
let state = 11;
function random(below: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

test('a page of what is seen is the one that a reader of all versions makes', async () => {
  for (let run = 0; run < 150; run += 1) {
    const length = 1 + random(run % 4 === 0 ? 700 : 40);
    const share = 1 + random(10);
    const seen = new Set(Array.from({ length }, (_, n) => n + 1).filter(() => random(10) < share));
    const count = 1 + random(run % 3 === 0 ? 300 : 12);
    const at = random(length + 2);
    const way = [{}, { before: at }, { after: at }][random(3)]!;
    const { history } = narrowed(length, (n) => seen.has(n));
    const { versions, total } = await history('Flag', 'f', { count, ...way });
    const newest = [...seen].reverse();
    const wanted =
      'after' in way ? [...seen].filter((n) => n > at) : newest.filter((n) => !('before' in way) || n < at);
    const place = JSON.stringify({ run, length, count, way });
    assert.deepEqual(
      versions.map(({ versionId }) => versionId),
      wanted.slice(0, count),
      place,
    );
    assert.equal(total, seen.size > mostCounted ? undefined : seen.size, place);
  }
});

test('a page of a long history costs no more than one of a short one', async () => {
  const length = 20_000;
  for (const way of [{}, { before: 10_000 }, { after: 10_000 }]) {
    const { history, asked } = narrowed(length, (n) => n % 2 === 0);
    const { versions } = await history('Flag', 'f', { count: 21, ...way });
    assert.equal(versions.length, 21);
    assert.ok(asked() <= 2 * (mostCounted + 1 + 21), `${String(asked())} versions were decided about`);
  }
});

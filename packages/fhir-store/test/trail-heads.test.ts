/** Proofs that the trail continues from a head: over few and many heads, of releases with and without the tree, and by servers that sign at the same time. */
import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { connect } from '@dhp/postgres';
import { trailKeys } from '@dhp/trail';
import { checkProof, type Head, type HeadsProof, type KeptHead } from '@dhp/trail/heads';
import { proofFrom } from '../src/trail.ts';
import { selectHeads } from '../src/statements/audit-heads.ts';
import { coverAll } from '../src/trail-store.ts';
import { keys, TrailUnderTest } from './trail-life.ts';

async function proven(trail: TrailUnderTest, kept: KeptHead): Promise<HeadsProof> {
  const proof = await proofFrom(trail.sql, keys, kept);
  assert.ok(typeof proof === 'object', JSON.stringify(proof));
  return proof;
}

const faultOf = (proof: object, known?: typeof keys): string | undefined =>
  checkProof(JSON.stringify(proof), known).fault;

/** Makes heads, each over one record. */
async function grow(trail: TrailUnderTest, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await trail.record(['a']);
    await trail.cover();
  }
}

describe('the proof that the trail goes on from a head', () => {
  let trail: TrailUnderTest;
  before(async () => {
    trail = await TrailUnderTest.open('trail_heads');
  });
  after(() => trail.close());

  it('holds for each head that was kept, and is made of few hashes', async () => {
    await grow(trail, 21);
    for (const kept of trail.kept) {
      const proof = await proven(trail, kept);
      assert.deepEqual([proof.first.position, proof.last.position], [kept.position, 21]);
      assert.equal(faultOf(proof), undefined, JSON.stringify(proof));
      assert.deepEqual(checkProof(JSON.stringify(proof), keys), {
        ...{ fault: undefined, isRecordChecked: undefined },
        key: checkProof(JSON.stringify(proof), undefined).key,
      });
      assert.ok(proof.consistency.length + proof.inclusion.length <= 12);
      assert.equal(faultOf(proof, trailKeys(Buffer.alloc(32, 6))), 'head');
    }
    assert.ok((await trail.verify()).whole);
  });

  it('does not hold for another head, another order, or hashes that were changed', async () => {
    const [early, late] = [await proven(trail, trail.kept[4]!), await proven(trail, trail.kept[12]!)];
    assert.equal(faultOf({ ...late, first: early.first }), 'heads');
    assert.equal(faultOf({ ...late, first: late.last, last: late.first }), 'heads');
    assert.equal(faultOf({ ...late, last: early.first }), 'heads');
    for (const member of ['consistency', 'inclusion'] as const) {
      assert.equal(faultOf({ ...late, [member]: late[member].slice(1) }), 'heads');
      assert.equal(faultOf({ ...late, [member]: [...late[member], '00'.repeat(32)] }), 'heads');
      for (const n of late[member].keys())
        assert.equal(faultOf({ ...late, [member]: late[member].with(n, '00'.repeat(32)) }), 'heads');
      assert.equal(faultOf({ ...late, [member]: 'x' }), 'no-proof');
    }
    for (const end of ['first', 'last'] as const) {
      const head = late[end];
      assert.equal(faultOf({ ...late, [end]: { ...head, tree: { ...head.tree, size: head.tree.size + 1 } } }), 'head');
      assert.equal(faultOf({ ...late, [end]: { ...head, position: head.position + 1 } }), 'head');
      assert.equal(faultOf({ ...late, [end]: { ...head, before: null } }), 'head');
      assert.equal(faultOf({ ...late, [end]: undefined }), 'no-proof');
    }
    const { inclusion: _, ...without } = late;
    assert.equal(faultOf(without), 'no-proof');
  });

  it('is none for a head that is not there, or that another one replaced', async () => {
    const [kept] = trail.kept;
    assert.equal(await proofFrom(trail.sql, keys, { ...kept!, position: 99 }), 'other-head');
    assert.equal(await proofFrom(trail.sql, keys, { ...kept!, signature: Buffer.alloc(64) }), 'other-head');
  });

  it('shows a chain that was made anew with the key, behind a head that somebody has kept', async (t) => {
    const other = await TrailUnderTest.open('trail_heads_other');
    t.after(() => other.close());
    await grow(other, 8);
    const [mine, theirs] = [await proven(trail, trail.kept[2]!), await proven(other, other.kept[5]!)];
    // Both are signed with the key, but the one is not the beginning of the other.
    assert.equal(faultOf({ ...theirs, first: mine.first }), 'heads');
    assert.equal(await proofFrom(other.sql, keys, trail.kept[2]!), 'other-head');
  });
});

describe('a trail of an earlier release', () => {
  it('has a tree from the first head of this one on, and stays whole', async (t) => {
    const trail = await TrailUnderTest.open('trail_heads_earlier');
    t.after(() => trail.close());
    await grow(trail, 3);
    await asEarlierRelease(trail, 3);
    await grow(trail, 5);
    await asEarlierRelease(trail, 8);
    await grow(trail, 4);
    assert.deepEqual((await trail.verify()).broken, undefined);
    assert.equal((await trail.verify()).heads, 12);
    const sizes = (await selectHeads(trail.sql, 0, 20)).map(({ tree }) => tree?.size);
    assert.deepEqual(sizes, [0, 1, undefined, 0, 1, 2, 3, undefined, 0, 1, 2, 3]);
    const kept = (position: number): KeptHead => trail.kept.find((head) => head.position === position)!;
    assert.equal(faultOf(await proven(trail, kept(9))), undefined);
    for (const position of [1, 4]) assert.equal(await proofFrom(trail.sql, keys, kept(position)), 'no-tree');
  });
});

/** Makes a head, the last one, as a server of an earlier release signs it. */
async function asEarlierRelease({ sql, kept }: TrailUnderTest, position: number): Promise<void> {
  const [before, head] = (await selectHeads(sql, position - 2, 2)) as [Head, Head];
  const { transactionId, id, records, total, root, made } = head;
  const parts = ['dhp trail head', position, transactionId, id, records, total, root.toString('hex'), made];
  const signature = sign(null, Buffer.from([...parts, before.signature.toString('hex')].join('\n')), keys.signing);
  await sql.begin(async (session) => {
    await session`set local session_replication_role = replica`;
    await session`
      update fhir.audit_head set signature = ${signature}, tree_size = null, tree_root = null, tree_nodes = null
      where position = ${position}`;
  });
  kept.splice(
    kept.findIndex((one) => one.position === position),
    1,
    { position, total, made, signature },
  );
}

describe('servers that sign at the same time', () => {
  it('make one chain with one tree', async (t) => {
    const trail = await TrailUnderTest.open('trail_heads_servers');
    t.after(() => trail.close());
    const pools = [1, 2, 3].map(() => connect(trail.database.ownerUrl, { max: 1, applicationName: 'dhp test heads' }));
    try {
      let isWriting = true;
      const signers = pools.map(async (sql) => {
        for (let made = 0; isWriting; made += 1) await coverAll(sql, keys, trail.now + made);
      });
      for (let n = 0; n < 30; n += 1) await trail.record(['a', 'b']);
      isWriting = false;
      await Promise.all(signers);
    } finally {
      await Promise.all(pools.map((sql) => sql.end()));
    }
    await trail.cover();
    const report = await trail.verify();
    assert.deepEqual([report.broken, report.records, report.waiting], [undefined, 60, 0]);
    const heads = await selectHeads(trail.sql, 0, 1000);
    for (const head of heads) assert.equal(faultOf(await proven(trail, head)), undefined);
  });
});

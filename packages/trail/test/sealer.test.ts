/** Keys of records: one for a patient and a month, that is stored with the first record that it seals. */
import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { decrypt, decryptStream, encrypt, isOfStream, StreamCipher } from '../src/cipher.ts';
import { digestOf } from '../src/digest.ts';
import { openRecord, openSealer, trailKeys, type TrailRow } from '../src/index.ts';

const keys = trailKeys(Buffer.alloc(32, 3));
const noon = Date.UTC(2026, 4, 5, 12);
const of = (patient: string | undefined, recorded = noon, n = 0) => ({
  ...{ recorded, patient, content: { n }, sealed: { patient } },
});

/** Whether the row can be opened with its own key, and names the patient. */
function opens(row: TrailRow, patient: string | undefined, by: TrailRow = row): boolean {
  const { sealed } = openRecord(keys, { ...row, key: by.key?.sealed });
  return sealed !== undefined && sealed['patient'] === patient;
}

describe('records by themselves', () => {
  it('have a key each until one is told to be stored, and then that one', () => {
    const sealer = openSealer(keys);
    const [first, second] = [sealer.row(of('a')), sealer.row(of('a'))];
    assert.notEqual(first.keyId, second.keyId);
    assert.ok(opens(first, 'a') && opens(second, 'a'));
    sealer.stored(first);
    const third = sealer.row(of('a'));
    assert.deepEqual([third.keyId, third.key], [first.keyId, undefined]);
    assert.ok(opens(third, 'a', first));
    assert.notEqual(sealer.row(of('b')).keyId, first.keyId);
  });
});

describe('records that are stored together', () => {
  it('share the key of their patient, and each has it with it', () => {
    const together = openSealer(keys).together();
    const rows = [of('a'), of('b'), of('a'), of(undefined), of('b'), of(undefined)].map((each) => together.row(each));
    const [a, b, , none] = rows;
    assert.deepEqual(
      rows.map(({ keyId }) => keyId),
      [a, b, a, none, b, none].map((each) => each!.keyId),
    );
    assert.equal(new Set(rows.map(({ keyId }) => keyId)).size, 3);
    for (const [n, patient] of ['a', 'b', 'a', undefined, 'b', undefined].entries())
      assert.ok(opens(rows[n]!, patient), String(n));
  });

  it('share it with no others before they are stored', () => {
    const sealer = openSealer(keys);
    const [one, other] = [sealer.together(), sealer.together()];
    const first = one.row(of('a'));
    for (const row of [other.row(of('a')), sealer.row(of('a'))]) {
      assert.notEqual(row.keyId, first.keyId);
      assert.ok(opens(row, 'a'));
    }
    one.stored(first);
    for (const by of [one, other, sealer]) assert.equal(sealer.row(of('a')).key, undefined, String(by === sealer));
  });

  it('have it with them in each attempt, until one is stored', () => {
    const sealer = openSealer(keys);
    const together = sealer.together();
    const [lost, again] = [together.row(of('a')), together.row(of('a'))];
    assert.ok(opens(lost, 'a') && opens(again, 'a'));
    together.stored(again);
    // Another transaction gets only the known key from this one.
    assert.equal(together.row(of('a')).key, undefined);
    const other = together.row(of('b'));
    assert.ok(opens(other, 'b'));
  });

  it('have another key in another month, and an hour later', () => {
    const together = openSealer(keys).together();
    const rows = [noon, noon + 3_599_000, noon + 3_600_000, Date.UTC(2026, 5, 1)].map((at) =>
      together.row(of('a', at)),
    );
    const [first, same, later, month] = rows.map(({ keyId }) => keyId);
    assert.equal(same, first);
    assert.equal(new Set([first, later, month]).size, 3);
    assert.deepEqual(
      rows.map(({ key }) => key?.month),
      ['2026-05-01', '2026-05-01', '2026-05-01', '2026-06-01'],
    );
  });
});

describe('the sealed part of a record', () => {
  it('is opened wherever it stands in the key stream, of which no byte serves twice', () => {
    const key = createSecretKey(randomBytes(32));
    const cipher = new StreamCipher(key);
    const texts = ['', 'a', 'ў'.repeat(7), 'x'.repeat(16), '語'.repeat(100), 'end'];
    const all = texts.map((text) => cipher.encrypt(text));
    for (const [n, sealed] of all.entries()) {
      assert.ok(isOfStream(sealed));
      assert.equal(decryptStream(key, sealed).toString('utf8'), texts[n]);
    }
    const zeros = new StreamCipher(key);
    const stream = Array.from({ length: 40 }, () => zeros.encrypt('\0'.repeat(21)).subarray(16));
    const blocks = Buffer.concat(stream)
      .toString('latin1')
      .match(/[^]{16}/g)!;
    assert.equal(new Set(blocks).size, blocks.length);
  });

  it('is not told where anything of its record was changed', () => {
    const row = openSealer(keys).row(of('a'));
    const key = row.key!.sealed;
    assert.deepEqual(openRecord(keys, { ...row, key }).sealed, { patient: 'a' });
    const sealed = Buffer.from(row.sealed);
    sealed[sealed.length - 3]! ^= 1;
    const changes = [
      { sealed },
      { sealed: row.sealed.subarray(0, -1) },
      { content: '{"n":1}' },
      { patient: undefined },
      { recorded: row.recorded + 1 },
      { digest: randomBytes(32) },
    ];
    for (const change of changes)
      assert.equal(openRecord(keys, { ...row, key, ...change }).sealed, undefined, Object.keys(change)[0]);
    const other = openSealer(keys).row(of('a'));
    assert.equal(openRecord(keys, { ...row, key: other.key!.sealed }).sealed, undefined);
  });

  it('is read as an earlier release has sealed it, which takes one of this release for one whose key is gone', () => {
    const secret = randomBytes(32);
    const [keyId, content] = [crypto.randomUUID(), '{"n":0}'];
    const sealed = encrypt(createSecretKey(secret), '{"patient":"a"}', content);
    const record = { recorded: noon, patient: undefined, content, keyId, sealed };
    const stored = { ...record, digest: digestOf(keys.digests, record), key: encrypt(keys.wrapping, secret, keyId) };
    assert.deepEqual(openRecord(keys, stored).sealed, { patient: 'a' });
    const row = openSealer(keys).row(of('a'));
    const own = decrypt(keys.wrapping, row.key!.sealed, row.keyId)!;
    assert.equal(decrypt(createSecretKey(own), row.sealed, row.content), undefined);
  });

  it('has another key than what is bound to its content', () => {
    const sealer = openSealer(keys);
    const [row, bound] = [sealer.row(of('a')), sealer.bound(of('a'))];
    for (const one of [row, bound]) sealer.stored(one);
    assert.deepEqual(
      [sealer.row(of('a')), sealer.bound(of('a'))].map(({ keyId }) => keyId),
      [row.keyId, bound.keyId],
    );
    assert.notEqual(row.keyId, bound.keyId);
    assert.ok(isOfStream(row.sealed) && !isOfStream(bound.sealed));
  });
});

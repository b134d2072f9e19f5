import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { FhirStore, NewVersion } from '../src/index.ts';
import { newVersion, storeUnderTest, textVersion, unconditional } from './database.ts';

const underTest = await storeUnderTest('bodies');

/** Every code point that can be in JSON text as itself, 17 planes of them. */
function everyPlane(): string {
  const parts: string[] = [];
  for (let plane = 0; plane <= 16; plane += 1) {
    const from = plane === 0 ? 0x20 : plane << 16;
    for (let point = from; point < (plane + 1) << 16; point += plane === 0 ? 1 : 97) {
      if (point < 0xd800 || point > 0xdfff) parts.push(String.fromCodePoint(point));
    }
    parts.push(String.fromCodePoint((plane << 16) + 0xffff));
  }
  return parts.join('');
}

function binary(bytes: number): NewVersion {
  return newVersion({ resourceType: 'Binary', contentType: 'text/plain', data: 'QUJD'.repeat(bytes / 4) });
}

describe('bodies, byte for byte', () => {
  let store: FhirStore;
  before(async () => (store = await underTest.open()));

  async function roundTrip(version: NewVersion): Promise<void> {
    const outcome = await store.create(version);
    assert.ok('version' in outcome);
    const { id, content } = outcome.version;
    const read = (await store.read(version.type, id))!;
    assert.equal(read.content.length, content.length);
    assert.ok(read.content.equals(content));
    assert.ok((await store.vread(version.type, id, 1))!.content.equals(content));
  }

  it('keeps every plane of Unicode, also in names and next to escapes', async () => {
    const text = everyPlane();
    await roundTrip(newVersion({ resourceType: 'Basic', text: { status: 'generated', div: text } }));
    await roundTrip(
      textVersion('{"resourceType":"Basic","a\\\\b\\"c":"\\u001e \\\\n {x,y} \\t\\u0001","n":[-0.0,1E2,1.10]}'),
    );
  });

  it('keeps white space, lines and tabs between tokens', async () => {
    await roundTrip(textVersion('\t{\r\n\t"resourceType" : "Basic" ,\n\n"code":{ } }\r\n\t '));
  });

  it('keeps a body on each side of the limits of pages, TOAST and batches', async () => {
    for (const bytes of [1900, 2100, 4000, 4200, 8100, 8400, 262_000, 262_144, 262_400, 1_048_576]) {
      await roundTrip(binary(bytes));
    }
  });

  it('keeps 40 MB', async () => {
    await roundTrip(binary(40 * 1024 * 1024));
  });

  it('reads and writes large and small ones side by side', async () => {
    const large = await Promise.all(Array.from({ length: 12 }, () => store.create(binary(1_048_576))));
    const small = await Promise.all(Array.from({ length: 80 }, (_, n) => store.create(binary(4 * n))));
    const all = [...large, ...small].sort(() => Math.random() - 0.5);
    await Promise.all(
      all.map(async (outcome) => {
        assert.ok('version' in outcome);
        const read = await store.read('Binary', outcome.version.id);
        assert.ok(read!.content.equals(outcome.version.content));
      }),
    );
  });

  it('moves a large body to the history', async () => {
    const first = await store.update({ ...binary(3_000_000), id: 'large', ...unconditional });
    await store.update({ ...binary(2_000_000), id: 'large', ...unconditional });
    assert.ok('version' in first);
    assert.ok((await store.vread('Binary', 'large', 1))!.content.equals(first.version.content));
    const { versions } = await store.history('Binary', 'large', { count: 5 });
    assert.deepEqual(
      versions.map(({ content }) => content.length > 2_000_000),
      [true, true],
    );
  });
});

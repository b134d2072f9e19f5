/** Very long texts where documents normally have short ones must be read in linear time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverOf } from '../src/resource/bundle-entries.ts';
import { parsePath } from '../src/profiles/discriminator-path.ts';

const long = 400_000;

function quickly(work: () => void): void {
  const began = performance.now();
  work();
  assert.ok(performance.now() - began < 3_000);
}

test('the server of a fullUrl', () => {
  quickly(() => {
    const base = `https://x/${'a'.repeat(long)}/`;
    assert.equal(serverOf(`${base}Patient/1`), base);
    assert.equal(serverOf(base), undefined);
    assert.equal(serverOf(`https://${'/Patient'.repeat(long / 8)}/`), undefined);
  });
  assert.equal(serverOf('https://x.uz/fhir/Patient/a-1'), 'https://x.uz/fhir/');
  assert.equal(serverOf('https://x.uz/Patient/1'), 'https://x.uz/');
  for (const none of ['', 'urn:uuid:1', 'https://x.uz/fhir', 'Patient/1']) assert.equal(serverOf(none), undefined);
});

test('the path of a discriminator', () => {
  const space = ' '.repeat(long);
  const named = { kind: 'child', name: 'code', url: undefined };
  quickly(() => {
    for (const wrong of [`${space}#`, `code${space}#`, `code.${space}#`, `${space}.${space}#`]) parsePath(wrong);
    assert.deepEqual(parsePath(`${space}code${space}.${space}code`), [named, named]);
  });
  assert.deepEqual(parsePath(' code . code'), [named, named]);
});

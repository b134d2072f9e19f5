/**
 * Elements that access policies hide from a caller change no byte of any answer. One server holds all, another never had these elements; both
 * take the same random questions and writes (of what was read, with its version or without, with guesses at what is hidden, patches, Bundles). In the
 * end the first has lost nothing of what is hidden. `npm run proof -- non-interference --only elements` is the long form.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { blinded, interferenceOfElements } from './interference/elements.ts';

const seed = 11;
const steps = 120;

for (const who of Object.keys(blinded)) {
  it(`${who} is answered alike by both, ${String(steps)} requests of seed ${String(seed)}`, async (test) => {
    const { statuses, told, changed } = await interferenceOfElements(who, seed, steps);
    test.diagnostic(JSON.stringify(Object.fromEntries(statuses)));
    assert.ok(told > steps / 10, 'most questions find nothing: they prove nothing');
    assert.ok(changed > steps / 40, `only ${String(changed)} requests changed anything: they prove little`);
  });
}

/** The words by which tests on several nodes recognise answers, without those nodes. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { said } from './said.ts';

const folder = fileURLToPath(new URL('../../apps/dhp/messages', import.meta.url));

/** All texts of a catalogue, a part of it or a text. */
function textsOf(part: unknown): string[] {
  if (typeof part === 'string') return [part];
  return typeof part === 'object' && part !== null ? Object.values(part).flatMap(textsOf) : [];
}

describe('words of commands that tests on several nodes wait for', () => {
  const texts = globSync('*/en.json', { cwd: folder }).flatMap((file) =>
    textsOf(JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'))),
  );
  for (const [name, words] of Object.entries(said))
    it(`${name} are those of a message`, () => {
      assert.ok(
        texts.some((text) => words.test(text)),
        String(words),
      );
    });
});

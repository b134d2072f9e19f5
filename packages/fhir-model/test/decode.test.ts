import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJson, decodeJsonInParts, JsonSyntaxError } from '../src/index.ts';

const text = '{"a":"Ў‘’ – 😀é","b":"plain","c":"𐍈𐍈"}';

function outcome(error: unknown): unknown {
  assert.ok(error instanceof JsonSyntaxError);
  const { kind, offset, line, column, message } = error;
  return { kind, offset, line, column, message };
}

test('a body decoded in parts is the one decoded at one go, wherever the parts end', async () => {
  const bytes = Buffer.from(text);
  for (let part = 1; part <= bytes.length + 1; part += 1) {
    let turns = 0;
    const decoded = await decodeJsonInParts(bytes, () => void (turns += 1), part);
    assert.equal(decoded, text, `parts of ${part} bytes`);
    // No part is shorter than a character.
    if (part >= 4) assert.ok(turns >= bytes.length / part, `parts of ${part} bytes`);
  }
});

test('what is no UTF-8 is told with the same place', async () => {
  for (let at = 0; at < Buffer.byteLength(text); at += 1) {
    for (const wrong of [0xff, 0x80, 0xc3]) {
      const bytes = Buffer.from(text);
      bytes[at] = wrong;
      const told = await decodeJsonInParts(bytes, () => undefined, 7).catch(outcome);
      let expected: unknown;
      try {
        expected = decodeJson(bytes);
      } catch (error) {
        expected = outcome(error);
      }
      assert.deepEqual(told, expected, `byte ${at} is ${wrong}`);
    }
  }
});

/** A unit may be of any length: it is found, and is in nobody's way. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer, type TestServer } from './environment.ts';
import { found, put } from './searches.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
  await put(server, observation('usual', { value: 5, system: 'http://unitsofmeasure.org', code: 'mg' }));
});
after(() => server.close());

const lengths = [1, 60, 64, 65, 100, 250, 256, 257, 1_000];
const observation = (id: string, quantity: object) => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { coding: [{ code: 'c' }] }, valueQuantity: quantity },
  component: [{ code: { coding: [{ code: 'd' }] }, valueQuantity: quantity }],
});

for (const [kind, letter] of Object.entries({ letters: 'u', 'what JSON escapes': '"', 'Uzbek letters': 'ў' }))
  test(`units of many ${kind}`, async () => {
    const units = lengths.map((length) => {
      const part = (mark: string): string => `${letter.repeat(length)}${mark}${length}`;
      return {
        id: `${letter.codePointAt(0)!}-${length}`,
        system: `urn:${part('s')}`,
        code: part('c'),
        unit: part('w'),
      };
    });
    for (const { id, system, code, unit } of units) {
      await put(server, observation(id, { value: 5, system, code, unit }));
      await put(server, observation(`${id}-b`, { value: 5, system, code: `${code}b`, unit: `${unit}b` }));
    }
    for (const { id, system, code, unit } of units)
      for (const parameter of ['value-quantity', 'component-value-quantity', 'combo-value-quantity'])
        for (const asked of [`5|${system}|${code}`, `5||${code}`, `5||${unit}`, `lt6|${system}|${code}`]) {
          const query = `${parameter}=${encodeURIComponent(asked)}`;
          assert.deepEqual(await found(server, `/Observation?${query}`), [`Observation/${id}`], query);
        }
    const mg = encodeURIComponent('0.005|http://unitsofmeasure.org|g');
    assert.deepEqual(await found(server, `/Observation?value-quantity=${mg}`), ['Observation/usual']);
    assert.deepEqual(await found(server, `/Observation?code-value-quantity=c$${mg}`), ['Observation/usual']);
  });

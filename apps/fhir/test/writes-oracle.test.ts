/**
 * A FHIR server as a sequential program, `writes-oracle/model.ts`, answers random requests beside the real one, over HTTP: every answer, every history and every
 * Bundle must be the same. `npm test` tries a few hundred requests, `npm test -- --full` many thousand. WRITES_SEED names another seed.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { randomSource } from '../../../tests/random.ts';
import { isFull } from '../../../tests/sample.ts';
import { baseUrl, startServer, type TestServer } from './environment.ts';
import { Side } from './writes-oracle/side.ts';

const seed = Number(process.env['WRITES_SEED'] ?? 1);

for (const requireIfMatch of [true, false])
  describe(requireIfMatch ? 'where If-Match is required' : 'where it is not', () => {
    let server: TestServer;
    before(async () => {
      server = await startServer({ requireIfMatch, baseUrl });
    });
    after(() => server.close());

    it('every answer is that of the model', async () => {
      const random = randomSource(seed, requireIfMatch ? 1 : 0);
      const side = new Side(server, requireIfMatch, random);
      for (let n = 0; n < (isFull ? 6_000 : 220); n += 1) {
        const faults = await side.step();
        assert.deepEqual(faults, [], `WRITES_SEED=${seed}, after these requests:\n${side.told()}`);
      }
      assert.ok(side.counts.size >= 12, JSON.stringify([...side.counts]));
    });
  });

/** Content of an answer that is no FHIR resource, in the parts of a job. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer } from '../../src/contract/answer.ts';
import type { Services } from '../../src/contract/interaction.ts';
import { defaultCosts } from '../../src/http/cost.ts';
import { runRequest } from '../../src/jobs/run-request.ts';
import type { Running } from '../../src/jobs/holding.ts';

/** The body that a job keeps of an answer. */
async function kept(answer: Pick<Answer, 'headers' | 'body' | 'stream'>): Promise<string> {
  const parts: Buffer[] = [];
  const running = {
    job: { input: { method: 'GET', path: '/x', headers: {}, rights: {} }, body: null },
    signal: new AbortController().signal,
    put: (part: Buffer) => Promise.resolve(void parts.push(part)),
    get parts() {
      return parts.length;
    },
  } as unknown as Running;
  const pipeline = {
    handle: (_: unknown, port: { answer: (exchange: unknown, answer: Answer) => void }) => {
      port.answer({}, { status: 200, ...answer });
    },
    after: () => undefined,
  };
  const services = { pipeline, clock: () => new Date(0) } as unknown as Services;
  const bearerOf = (): never => assert.fail('nobody is asked for');
  const means = { services, costs: defaultCosts, whole: undefined, bearerOf, goesOn: bearerOf };
  const result = await runRequest(means, running);
  assert.deepEqual('outcome' in result && (result.outcome as { parts: number }).parts, parts.length);
  return Buffer.concat(parts).toString();
}

const csv = { 'content-type': 'text/csv; charset=utf-8' };

async function* inPieces(content: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += size) yield await Promise.resolve(content.subarray(at, at + size));
}

test('it is a Binary, however it is cut', async () => {
  for (const length of [0, 1, 2, 3, 4, 5, 1_000]) {
    const content = Buffer.from(Array.from({ length }, (_, n) => (n * 37) % 251));
    for (const size of [1, 2, 3, 5, 7]) {
      const text = await kept({ headers: csv, stream: inPieces(content, size) });
      const { resourceType, contentType, data } = JSON.parse(text) as Record<string, string>;
      assert.deepEqual([resourceType, contentType], ['Binary', csv['content-type']]);
      assert.deepEqual(Buffer.from(data!, 'base64'), content);
      assert.equal(data, content.toString('base64'));
    }
  }
});

test('a resource stays as it is, in parts of half a megabyte', async () => {
  const headers = { 'content-type': 'application/fhir+json; charset=utf-8' };
  const body = JSON.stringify({ resourceType: 'Basic', note: 'ʻ'.repeat(700_000) });
  assert.equal(await kept({ headers, body }), body);
  assert.equal(await kept({ headers, stream: inPieces(Buffer.from(body), 100_000) }), body);
});

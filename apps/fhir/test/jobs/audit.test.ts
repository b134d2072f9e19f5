/** Audit records of a job: the request, what it has read, and that its answer was fetched. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { baseUrl, patient, type Reply } from '../environment.ts';
import { startAudited, type Audited } from '../audit/audited.ts';
import { fast } from './pace.ts';

let server: Audited;
before(async () => {
  server = await startAudited({ requireIfMatch: false, jobs: { pace: fast } });
  await server.write('PUT', '/Patient/p1', patient({ id: 'p1' }));
  const observation = {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'Patient/p1' },
  };
  assert.equal((await server.write('POST', '/Observation', observation)).status, 201);
});
after(() => server.close());

async function ended(place: string, id: string): Promise<Reply> {
  for (;;) {
    const reply = await server.request('GET', place, { headers: { 'x-request-id': id } });
    if (reply.status !== 202) return reply;
    await delay(300);
  }
}

/** A job may have ended before the answer that it was taken has its record. */
const inAnyOrder = <Shown extends readonly unknown[]>(records: readonly Shown[]): Shown[] =>
  records.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

it('each of them has a record, with the patients of whom the answer tells', async () => {
  const asked = await server.request('GET', '/Observation?code:text=x', {
    headers: { 'x-request-id': 'asked', prefer: 'respond-async' },
  });
  const place = asked.headers.get('content-location')!.slice(baseUrl.length);
  const reply = await ended(place, 'taken');
  assert.equal(reply.status, 200, reply.text);
  const shown = (records: Awaited<ReturnType<Audited['of']>>) =>
    records.map(({ content, patient: of }) => [content['interaction'], content['status'], content['client'], of]);
  const p1 = server.pseudonym('p1');
  assert.deepEqual(inAnyOrder(shown(await server.of('asked'))), [
    ['search-type', 200, 'tests', p1],
    ['search-type', 202, 'tests', null],
  ]);
  const taken = shown(await server.of('taken'));
  assert.deepEqual(taken.at(-1), ['job-status', 200, 'tests', p1]);
  assert.ok(taken.slice(0, -1).every(([interaction, status]) => interaction === 'job-status' && status === 202));
});

it('a refusal of the run has a record', async () => {
  const asked = await server.request('GET', '/Patient/nobody/$everything', {
    headers: { 'x-request-id': 'refused', prefer: 'respond-async' },
  });
  await ended(asked.headers.get('content-location')!.slice(baseUrl.length), 'look');
  const records = await server.of('refused');
  assert.deepEqual(
    inAnyOrder(records.map(({ content }) => [content['interaction'], content['outcome'], content['reason']])),
    [
      ['$everything', 'error', 'resource-not-found'],
      ['$everything', 'success', undefined],
    ],
  );
});

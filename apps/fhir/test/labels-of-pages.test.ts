/** Pages with consents and labels in force show what reads show, and a label or a consent that is stored while pages run acts at the next request. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { randomSource } from '../../../tests/random.ts';
import { startServer, type TestServer } from './environment.ts';
import { byServer, labelling, observation } from './labels-bed.ts';
import { activateLabels } from './policies.ts';
import { entriesOf, put, search } from './searches.ts';

let server: TestServer;
let clinic: string;
let cleared: string;
const observations = 40;
before(async () => {
  server = await startServer({ requireIfMatch: false, validation: { level: 'off' } });
  clinic = await server.sso.token({ scope: 'system/*.cruds', client_id: 'clinic' });
  cleared = await server.sso.token({ scope: 'system/*.cruds', client_id: 'cleared' });
  await put(server, ...['p', 'q', 'r'].map((id) => ({ resourceType: 'Patient', id })));
  const random = randomSource(5, 0);
  for (let n = 0; n < observations; n += 1) {
    const reference = `Patient/${random.pick(['p', 'q', 'r'])}`;
    const code = random.pick(['x', 'x', 'x', 'x', 'x', 'hiv', 'psy']);
    await put(server, observation(`o${n}`, code, { subject: { reference } }));
  }
  await put(server, refusal('r'));
  await server.store.buildConsents();
  await activateLabels(server, { ...labelling, consent: 'enforced', purposes: ['TREAT'] });
});
after(() => server.close());

const refusal = (patient: string): Record<string, unknown> => ({
  ...{ resourceType: 'Consent', id: `k-${patient}`, status: 'active', decision: 'deny' },
  subject: { reference: `Patient/${patient}` },
});

/** By who is cleared for the label that it gets. */
async function write(resource: Record<string, unknown>): Promise<void> {
  const path = `/Observation/${String(resource['id'])}`;
  const { status, text } = await server.write('PUT', path, resource, { authorization: `Bearer ${cleared}` });
  assert.ok(status === 200 || status === 201, text);
}

it('show what reads show, and nothing that they do not', async () => {
  let labelled = 0;
  for (let n = 0; n < 30; n += 1) {
    const random = randomSource(5, n + 1);
    const token = random.pick([clinic, cleared]);
    const about = random.pick(['?patient=p', '?patient=q', '?patient=r', '?code=urn:c|x', '?code=urn:c|hiv', '?']);
    const path = `/Observation${about}&_count=${1 + random.below(8)}${random.pick(['', '&_sort=_id', '&_include=Observation:subject'])}`;
    const found = entriesOf(await search(server, path, { token }));
    for (const { resource } of found) {
      const read = await server.request('GET', `/${resource.resourceType}/${String(resource.id)}`, { token });
      assert.deepEqual(resource, read.json, path);
      if (byServer(resource).length > 0) labelled += 1;
    }
    if (about === '?patient=r') assert.equal(found.length, 0, path);
  }
  assert.ok(labelled > 0);
  const hidden = entriesOf(await search(server, '/Observation?code=urn:c|hiv', { token: clinic }));
  assert.equal(hidden.length, 0);
});

it('show a label and keep to a consent at the request behind the one that stored it', async () => {
  const ended = { is: false };
  const path = '/Observation?patient=q&_count=50';
  // Their statements have been made, and run on many connections.
  const running = Array.from({ length: 4 }, async () => {
    while (!ended.is) await search(server, path, { token: clinic });
  });
  try {
    const about = { subject: { reference: 'Patient/q' } };
    for (const id of ['l0', 'l1', 'l2']) {
      await write(observation(id, 'x', about));
      const ids = async (token: string): Promise<unknown[]> =>
        entriesOf(await search(server, path, { token })).map(({ resource }) => resource.id);
      assert.ok((await ids(clinic)).includes(id));
      await write(observation(id, 'hiv', about));
      assert.ok(!(await ids(clinic)).includes(id));
      const shown = entriesOf(await search(server, path, { token: cleared }));
      assert.equal(byServer(shown.find(({ resource }) => resource.id === id)?.resource).length, 2);
    }
    await put(server, refusal('q'));
    assert.equal(entriesOf(await search(server, path, { token: clinic })).length, 0);
    assert.equal(entriesOf(await search(server, path, { token: cleared })).length, 0);
  } finally {
    ended.is = true;
    await Promise.all(running);
  }
});

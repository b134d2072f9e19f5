/** The cost of converting an answer counts for the request, including answers of writes and of Bundles. */
import assert from 'node:assert/strict';
import { after, before, mock, test } from 'node:test';
import { Budget } from '@dhp/budget';
import { startServer, type Reply, type TestServer } from './environment.ts';

const limits = { work: 60_000, resourceWork: 1_000_000 };
let server: TestServer;
/** Units for conversions since it was set to 0. */
const counted = { units: 0 };

before(async () => {
  server = await startServer({ requireIfMatch: false, costs: limits });
  const original = Reflect.get<Budget, 'spend'>(Budget.prototype, 'spend');
  mock.method(Budget.prototype, 'spend', function (this: Budget, units: number, place?: string) {
    if (this.scope === 'request' && place === 'the conversion of an answer') counted.units += units;
    original.call(this, units, place);
  });
  assert.equal((await put('large', 1_000)).status, 201);
});
after(async () => {
  mock.restoreAll();
  await server.close();
});

const put = (id: string, n: number, headers: Record<string, string> = {}): Promise<Reply> => {
  counted.units = 0;
  const name = Array.from({ length: n }, (_, i) => ({ family: `f${i}`, given: ['x'] }));
  const resource = { resourceType: 'Patient', id, name };
  return server.write('PUT', `/Patient/${id}`, resource, { prefer: 'return=representation', ...headers });
};
const xml = { accept: 'application/fhir+xml' };

for (const type of ['batch', 'transaction'] as const) {
  const send = (entries: number, headers: Record<string, string>): Promise<Reply> => {
    counted.units = 0;
    const entry = Array.from({ length: entries }, () => ({ request: { method: 'GET', url: 'Patient/large' } }));
    return server.write('POST', '/', { resourceType: 'Bundle', type, entry }, headers);
  };

  test(`the reads of a ${type} that is answered in XML`, async () => {
    const usual = await send(2, xml);
    assert.equal(usual.status, 200);
    assert.match(usual.text, /<family value="f999"\/>/);
    assert.ok(counted.units > 10_000, `${counted.units} units`);
    const many = await send(40, xml);
    const limit = /DHP_REQUEST_WORK/;
    assert.match(many.text, limit);
    assert.match(many.text, /work-limit-exceeded/);
    // Entries of a batch are answered until then; a transaction is refused as a whole.
    assert.equal(many.status, type === 'batch' ? 200 : 422);
    assert.ok(many.text.split('<family value="f999"/>').length - 1 < 10);
    const json = await send(40, {});
    assert.equal(json.status, 200);
    assert.doesNotMatch(json.text, limit);
    assert.equal(counted.units, 0);
  });
}

test('the answer of a write in XML is paid for before it is stored', async () => {
  const unitsOf = async (status: number, ...sent: Parameters<typeof put>): Promise<number> => {
    const reply = await put(...sent);
    assert.equal(reply.status, status, reply.text.slice(0, 400));
    return counted.units;
  };
  assert.equal(await unitsOf(201, 'plain', 200), 0);
  const few = await unitsOf(201, 'shown', 200, xml);
  assert.ok(few > 200, `${few} units`);
  const many = await unitsOf(200, 'shown', 800, xml);
  assert.ok(many > 3 * few, `${few}, ${many} units`);
  assert.match((await put('shown', 200, xml)).text, /<family value="f199"\/>/);
});

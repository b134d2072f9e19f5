/** The portal passes on the address of the browser behind a request; nobody else can. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { relayAddress, relayedAddressField } from '@dhp/web-kit';
import { basic, newClient, postForm, testBed, type Answer } from './support.ts';

const relayKey = randomBytes(32);
const perAddress = 30;
const bed = await testBed();
const sso = await bed.start({ relayKey, limits: { perClient: 10_000, perAddress } });
const { id, secret } = await newClient(bed.clients);
const { authorization = '' } = basic(id, secret);

const relayed = (address: string, o: { key?: Uint8Array; authorization?: string; now?: number } = {}): string =>
  relayAddress(address, { key: relayKey, authorization, now: Date.now(), ...o });

const ask = (field: string | undefined, more: Record<string, string> = {}): Promise<Answer> =>
  postForm(
    `${sso.url}/oauth/token`,
    { grant_type: 'client_credentials' },
    { authorization, ...(field !== undefined && { [relayedAddressField]: field }), ...more },
  );

/** Addresses in the records of the requests with these ids. */
async function recorded(request: string): Promise<string[]> {
  const rows = await bed.sql<{ address: string }[]>`
    select distinct host(address) as address from sso.audit_event where correlation_id = ${request}`;
  return rows.map(({ address }) => address);
}

describe('the address that the portal tells', () => {
  it('is recorded', async () => {
    for (const address of ['203.0.113.7', '2001:db8::7']) {
      const request = `told-${address.replaceAll(/\W/g, '-')}`;
      assert.equal((await ask(relayed(address), { 'x-request-id': request })).status, 200);
      assert.deepEqual(await recorded(request), [address]);
    }
  });

  it('is believed of the portal alone, for this credential and now', async () => {
    const good = relayed('203.0.113.8');
    const forged: [string, string][] = [
      ['another-key', relayed('203.0.113.8', { key: randomBytes(32) })],
      ['another-credential', relayed('203.0.113.8', { authorization: 'Bearer x' })],
      ['early', relayed('203.0.113.8', { now: Date.now() - 120_000 })],
      ['late', relayed('203.0.113.8', { now: Date.now() + 120_000 })],
      ['another-address', good.replace('203.0.113.8', '203.0.113.9')],
      ['another-time', good.replace(/^\d+/, (seconds) => String(Number(seconds) + 1))],
      ['no-address', relayed('nowhere')],
      ['twice', `${good}, ${good}`],
      ['more', `${good};x`],
      ['bare', '203.0.113.8'],
      ['empty', ''],
    ];
    for (const [name, field] of forged) {
      assert.equal((await ask(field, { 'x-request-id': name })).status, 200, name);
      assert.deepEqual(await recorded(name), ['127.0.0.1'], name);
    }
  });

  it('has its own limit: one browser shuts nobody else out', async () => {
    const statuses: number[] = [];
    while (!statuses.includes(429) && statuses.length < 20 * perAddress)
      statuses.push((await ask(relayed('203.0.113.10'))).status);
    assert.equal(statuses.at(-1), 429);
    assert.equal((await ask(relayed('203.0.113.11'))).status, 200);
  });
});

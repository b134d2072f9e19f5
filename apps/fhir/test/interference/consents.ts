/** A world in which patients have random consents, and how a server that holds only what they leave to a caller answers. */
import assert from 'node:assert/strict';
import type { PolicySet } from '@dhp/access-policies';
import { startServer, type TestServer } from '../environment.ts';
import { activatePolicies } from '../policies.ts';
import { put } from '../searches.ts';
import { answersOf } from './reads.ts';
import { interference, oneOf, patients, randomOf, type Random, type Resource } from './world.ts';

const enforced: PolicySet = { others: 'as-scoped', rules: [], consent: 'enforced', purposes: ['TREAT'] };

/** A caller to whom some consents refuse something. */
const caller = { scope: 'system/*.rs', client_id: 'clinic' };

/** Consents of the patients: of the whole record, of some of it, of others; in both readings. Each world has one who refuses all. */
export function randomConsents(random: Random): Resource[] {
  const one = oneOf(random);
  const client = (value: string): object => ({
    actor: [{ reference: { identifier: { system: 'urn:dhp:sso:client', value } } }],
  });
  const disclose = { action: [{ coding: [{ code: 'disclose' }] }] };
  const meta = { profile: ['https://dhp.uz/fhir/core/StructureDefinition/uz-core-consent'] };
  const code = { code: [{ coding: [{ system: 'urn:c', code: one(['x1', 'x2', 'x3']) }] }] };
  const members: readonly object[] = [
    { meta, decision: 'deny', provision: [disclose] },
    { meta, decision: 'permit', provision: [disclose] },
    { decision: 'deny' },
    { decision: 'permit', provision: [client('clinic')] },
    { decision: 'permit', provision: [client('other')] },
    { decision: 'permit', provision: [code] },
    { decision: 'permit', provision: [{ resourceType: [{ code: one(['Observation', 'Encounter', 'List']) }] }] },
    { decision: 'deny', provision: [client('clinic')] },
    {
      decision: 'permit',
      provision: [{ dataPeriod: { start: '2024-05-01' }, resourceType: [{ code: 'Observation' }] }],
    },
    { decision: 'permit', provision: [{ ...code, provision: [client('clinic')] }] },
    { status: 'inactive', decision: 'deny' },
  ];
  return patients.map((id, n) => ({
    ...{ resourceType: 'Consent', id: `k-${id}`, status: 'active', subject: { reference: `Patient/${id}` } },
    ...(n === 0 ? members[0] : one(members.slice(1))),
  }));
}

/**
 * Asks a server with all, and one with what a caller can read there one by one: the resources that consents leave, and the Consents among them.
 * @returns how many of the questions found something
 * @throws AssertionError where an answer of the one is not that of the other
 */
export async function interferenceOfConsents(seed: number, questions: number): Promise<number> {
  const random = randomOf(seed);
  const { everything, question } = interference(random);
  const servers: TestServer[] = [];
  try {
    const start = async (): Promise<TestServer> => {
      const server = await startServer({ validation: { level: 'off' } });
      servers.push(server);
      await server.store.buildConsents();
      return server;
    };
    const full = await start();
    const all = [...everything, ...randomConsents(random)];
    await put(full, ...all);
    await activatePolicies(full, enforced);
    const ofFull = await full.sso.token(caller);
    const seen: Resource[] = [];
    for (const resource of all) {
      const { status } = await full.request('GET', `/${resource.resourceType}/${resource.id}`, { token: ofFull });
      if (status === 200) seen.push(resource);
    }
    assert.ok(seen.length > 0 && all.length > seen.length, `sees ${String(seen.length)}`);
    const narrow = await start();
    await put(narrow, ...seen);
    await activatePolicies(narrow, enforced);
    const ofNarrow = await narrow.sso.token(caller);
    let told = 0;
    for (let n = 0; n < questions; n += 1) {
      const path = question();
      const [ofSeen, ofAll] = [await answersOf(narrow, path, ofNarrow), await answersOf(full, path, ofFull)];
      assert.deepEqual(ofAll, ofSeen, `seed ${String(seed)}: ${path}`);
      told += JSON.stringify(ofAll).includes('"entry"') ? 1 : 0;
    }
    return told;
  } finally {
    for (const server of servers) await server.close();
  }
}

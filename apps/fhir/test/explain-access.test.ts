/** `explainAccess` returns for each resource the answer to a request of the same caller, and the factor that refuses. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parseScope } from '@dhp/smart-scopes';
import type { PolicySet } from '@dhp/access-policies';
import { explainAccess, type AskedAccess, type ExplainedAccess } from '../src/index.ts';
import { baseUrl, startServer, type TestServer } from './environment.ts';
import { interference, randomOf } from './interference/world.ts';
import { activatePolicies } from './policies.ts';
import { put } from './searches.ts';

const interactions = ['read', 'search'] as const;
const policies: PolicySet = {
  others: 'as-scoped',
  rules: [
    {
      ...{ name: 'final', effect: 'permit', who: { client: ['limited'] }, types: ['Observation'], interactions },
      criteria: 'status=final',
    },
    { name: 'patients', effect: 'permit', who: { client: ['limited'] }, types: ['Patient'], interactions },
    {
      ...{ name: 'not-theirs', effect: 'deny', who: { role: ['nurse'] }, types: ['*'], interactions },
      criteria: '_tag=theirs',
    },
  ],
};

type Claims = Readonly<Record<string, unknown>>;
const callers: Readonly<Record<string, Claims>> = {
  'a client': { scope: 'system/*.rs' },
  'a client of one type': { scope: 'system/Observation.rs?code=x1' },
  'a client by access policies': { scope: 'system/*.rs', client_id: 'limited' },
  'a patient': { scope: 'patient/*.rs', patient: 'a' },
  'a nurse': {
    ...{ scope: 'user/*.rs', fhirUser: `${baseUrl}/Practitioner/d`, roles: ['nurse Organization/1'] },
    policies: ['user/Observation.rs', 'user/Patient.rs?active=true'],
  },
};

let server: TestServer;
const { everything } = interference(randomOf(3));
before(async () => {
  server = await startServer();
  await put(server, ...everything);
  await activatePolicies(server, policies);
});
after(() => server.close());

function grantOf(claims: Claims): AskedAccess['grant'] {
  const texts = (claims['policies'] ?? []) as string[];
  const user = claims['fhirUser'] as string | undefined;
  const roles = (claims['roles'] ?? []) as string[];
  return {
    ...{ clientId: (claims['client_id'] as string | undefined) ?? 'tests', scope: String(claims['scope']) },
    patient: claims['patient'] as string | undefined,
    subject: (claims['sub'] as string | undefined) ?? 'tests',
    fhirUser: user?.slice(baseUrl.length + 1),
    policies: claims['policies'] === undefined ? undefined : texts.flatMap((text) => parseScope(text) ?? []),
    positions: roles.map((text) => ({ role: text.split(' ')[0]!, organization: text.split(' ')[1]! })),
    ...{ patientByRoles: false, trustsHealthWorkers: false },
  };
}

function explained(claims: Claims, asked: Pick<AskedAccess, 'type' | 'id' | 'versionId'>): Promise<ExplainedAccess> {
  const settings = { timeZone: 'Asia/Tashkent', baseUrl, clock: () => new Date() };
  return explainAccess(server.store, settings, { grant: grantOf(claims), permission: 'r', policies, ...asked });
}

describe('an explanation', () => {
  for (const [who, claims] of Object.entries(callers)) {
    it(`is what ${who} is answered, for every resource`, async () => {
      const token = await server.sso.token(claims);
      const seen = new Set<boolean>();
      for (const { resourceType: type, id } of everything) {
        for (const versionId of [undefined, 1]) {
          const { permitted, factors } = await explained(claims, { type, id, versionId });
          const path = `/${type}/${id}${versionId === undefined ? '' : '/_history/1'}`;
          const { status } = await server.request('GET', path, { token });
          assert.equal(permitted, status === 200, `${path}: ${String(status)} ${JSON.stringify(factors)}`);
          seen.add(permitted);
        }
      }
      if (who !== 'a client') assert.equal(seen.size, 2, 'some are permitted, some not');
    });
  }

  it('names the factors, and the rules of the policies', async () => {
    const draft = everything.find(
      ({ resourceType, status }) => resourceType === 'Observation' && status === 'preliminary',
    )!;
    const of = await explained(callers['a client by access policies']!, { type: 'Observation', id: draft.id });
    const says = Object.fromEntries(of.factors.map((one) => [one.factor, one.says]));
    assert.deepEqual([says['scopes'], says['access-policies']], ['leaves', 'hides']);
    assert.deepEqual(of.policies, { decision: { any: ['status=final'], none: [] }, rules: ['final'] });
    const other = await explained(callers['a client of one type']!, { type: 'Patient', id: 'a' });
    assert.equal(other.factors.find(({ factor }) => factor === 'scopes')?.says, 'refuses-type');
  });

  it('of what is not there says that', async () => {
    const none = await explained(callers['a client']!, { type: 'Patient', id: 'nobody' });
    assert.equal(none.permitted, undefined);
  });
});

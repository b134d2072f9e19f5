/**
 * A client that is disabled during one of its requests, before each statement of it: no token from the request is valid, neither here nor
 * at the FHIR servers, even after the client is enabled again.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { connect } from '@dhp/postgres';
import { whileHeld } from './held-row.ts';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from './jose.ts';
import { statementGate } from './statement-gate.ts';
import { issuer, newClient, postForm, testBed } from './support.ts';

const bed = await testBed();
const gate = await statementGate(bed.databaseUrl);
const sql = connect(gate.through(bed.databaseUrl), { max: 4, reads: 2 });
const { url } = await bed.start({ sql });
const { privateKey, publicKey } = await generateKeyPair('ES384', { extractable: true });
const jwk = { ...(await exportJWK(publicKey)), kid: 'k1' };

/** More statements than any endpoint has. */
const mostStatements = 12;

interface Door {
  id: string;
  credentials: () => Promise<Record<string, string>>;
  scope: string;
}

async function withSecret(scope: string): Promise<Door> {
  const { id, secret } = await newClient(bed.clients, { scopes: [scope] });
  return { id, scope, credentials: () => Promise.resolve({ client_id: id, client_secret: secret }) };
}

const doors: Record<string, () => Promise<Door>> = {
  'by a secret': () => withSecret('system/*.cruds'),
  'by a secret for the administration': () => withSecret('admin/audit.read'),
  async 'by a key'() {
    const { id } = await newClient(bed.clients, { jwks: { keys: [jwk] } });
    return {
      id,
      scope: 'system/*.cruds',
      async credentials() {
        const claims = { iss: id, sub: id, aud: issuer, jti: randomUUID() };
        const signed = new SignJWT(claims).setProtectedHeader({ alg: 'ES384', kid: 'k1' }).setExpirationTime('4m');
        const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
        return { client_assertion: await signed.sign(privateKey), client_assertion_type: type };
      },
    };
  },
};

async function tokenOf({ credentials, scope }: Door): Promise<string | undefined> {
  const { body } = await postForm(`${url}/oauth/token`, {
    grant_type: 'client_credentials',
    scope,
    ...(await credentials()),
  });
  return body['access_token'] as string | undefined;
}

/** Whether the FHIR servers accept a token: they know only the time of the revocation. */
async function livesAtFhir(id: string, token: string): Promise<boolean> {
  const [row] = await bed.sql<{ revoked_at: Date }[]>`
    select revoked_at from sso.revocation where subject = ${`client:${id}`}`;
  return row === undefined || row.revoked_at.getTime() < (decodeJwt(token)['iat_ms'] as number);
}

describe('nothing lives on of a request under way whose client is disabled', () => {
  for (const [name, open] of Object.entries(doors)) {
    it(name, async (t) => {
      const door = await open();
      const faults: string[] = [];
      let tried = 0;
      for (let n = 0, met = true; met && n < mostStatements; n += 1) {
        await tokenOf(door); // The server's cached state of the client is then current.
        const went = await gate.meet(
          n,
          () => tokenOf(door),
          async () => {
            await bed.clients.disable(door.id);
            await bed.clients.enable(door.id);
          },
        );
        met = went.met;
        tried += 1;
        if (went.done === undefined) continue;
        if (await livesAtFhir(door.id, went.done)) faults.push(`before statement ${String(n)}: at the FHIR servers`);
        const asked = { token: went.done, ...(await door.credentials()) };
        const { body } = await postForm(`${url}/oauth/introspect`, asked);
        if (body['active'] !== false) faults.push(`before statement ${String(n)}: here`);
      }
      t.diagnostic(`${String(tried)} orders`);
      assert.ok(tried > 1);
      assert.deepEqual(faults, []);
      assert.notEqual(await tokenOf(door), undefined, 'a later request has one');
    });
  }

  it('and is made while the act waits for its turn', async () => {
    for (const open of Object.values(doors)) {
      const door = await open();
      const made: (string | undefined)[] = [];
      await whileHeld(
        bed.sql,
        (held) => held`select 1 from sso.client where client_id = ${door.id} for update`,
        [() => bed.clients.disable(door.id)],
        async () => {
          await new Promise((resolve) => setTimeout(resolve, 2));
          made.push(await tokenOf(door));
        },
      );
      const [token] = made;
      assert.ok(token !== undefined);
      assert.equal(await livesAtFhir(door.id, token), false);
    }
  });
});

/** Answered requests are recorded, however soon after the answer the server ends. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { decodeJwt } from 'jose';
import { Browser, authorizeAddress } from './browser.ts';
import { startServer } from './processes.ts';
import { issuer, newClient, postForm, testBed, type Answer } from './support.ts';

const bed = await testBed();

it('a server that is killed with its answers barely out has recorded each of them', async () => {
  const { id, form } = await newClient(bed.clients);
  const issued: string[] = [];
  let refused = 0;
  for (let round = 0; round < 3; round += 1) {
    const server = await startServer(bed);
    const enough = Promise.withResolvers<undefined>();
    let answers = 0;
    const ask = async (n: number): Promise<void> => {
      for (let turn = n; ; turn += 1) {
        const wrong = turn % 4 === 0;
        const answer: Answer | undefined = await postForm(
          `${server.url}/oauth/token`,
          wrong ? { ...form, grant_type: 'password' } : form,
        ).catch(() => undefined);
        if (answer === undefined) return; // it has been killed
        assert.equal(answer.status, wrong ? 400 : 200, answer.text);
        if (wrong) refused += 1;
        else issued.push(decodeJwt(String(answer.body['access_token'])).jti!);
        answers += 1;
        if (answers === 40) enough.resolve(undefined);
      }
    };
    const asking = Promise.all(Array.from({ length: 8 }, (_, n) => ask(n)));
    await enough.promise;
    await server.kill();
    await asking;
  }
  const rows = await bed.sql<{ event: string; jti: string | null }[]>`
    select event, jti from sso.audit_event where client_id = ${id} and event like 'token.%'`;
  const recorded = new Set(rows.map(({ jti }) => jti));
  assert.ok(issued.length >= 60, `${issued.length} tokens`);
  assert.deepEqual(
    issued.filter((jti) => !recorded.has(jti)),
    [],
    'tokens without a record',
  );
  assert.ok(rows.filter(({ event }) => event === 'token.refused').length >= refused);
});

it('and so of what people do: a wrong password is recorded before the page says so', async () => {
  const { id } = await newClient(bed.clients, {
    grants: ['authorization_code'],
    scopes: ['openid'],
    redirectUris: ['https://app.uz/cb'],
    public: true,
  });
  const server = await startServer(bed);
  const browser = new Browser(server.url, 'en', {}, issuer);
  const query = { code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' };
  const asked = { client_id: id, response_type: 'code', redirect_uri: 'https://app.uz/cb', scope: 'openid', ...query };
  const page = await browser.get(authorizeAddress(asked));
  const said = await browser.submit(page, { username: 'nobody', password: 'whatever it is' }, 'login');
  await server.kill();
  assert.equal(said.status, 401);
  const rows = await bed.sql`select 1 from sso.audit_event where client_id = ${id} and event = 'sign-in.refused'`;
  assert.equal(rows.length, 1);
});

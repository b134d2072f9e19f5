import assert from 'node:assert/strict';
import { challenge, isError, isOk, isRedirectedError, spaRequest } from '../expect.ts';
import { row, type Section } from '../row.ts';
import type { Query, SignedIn, World } from '../world.ts';
import type { Answer } from '../../../apps/sso/test/support.ts';

async function isRefused(w: World, given: Query): Promise<void> {
  isRedirectedError(await w.authorize(spaRequest(w, given)), w.of.SPA, 'invalid_request');
}

function signedIn(w: World): Promise<SignedIn> {
  const { id, redirectUri } = w.of.SPA;
  return w.signIn({ client_id: id, redirect_uri: redirectUri, scope: 'openid user/*.rs' });
}

function exchange(w: World, one: SignedIn, verifier: string | undefined): Promise<Answer> {
  const { id, redirectUri } = w.of.SPA;
  return w.exchange(one, { client_id: id, redirect_uri: redirectUri, code_verifier: verifier });
}

export const proofKey: Section = {
  letter: 'D',
  title: 'RFC 7636, PKCE',
  rows: [
    row('PKCE-01', 'M', 'a public client without a challenge: invalid_request', (w) =>
      isRefused(w, { code_challenge: undefined, code_challenge_method: undefined }),
    ),
    row('PKCE-02', 'M', 'the method plain: invalid_request', (w) => isRefused(w, { code_challenge_method: 'plain' })),
    row('PKCE-03', 'M', 'a challenge without a method: invalid_request', (w) =>
      isRefused(w, { code_challenge_method: undefined }),
    ),
    row('PKCE-04', 'P', 'a method without a challenge: invalid_request', (w) =>
      isRefused(w, { code_challenge: undefined }),
    ),
    row('PKCE-05', 'M', 'a challenge that is too short or has padding: invalid_request', async (w) => {
      await isRefused(w, { code_challenge: 'A'.repeat(42) });
      await isRefused(w, { code_challenge: `${challenge.code_challenge}=` });
    }),
    row('PKCE-06', 'M', 'a wrong verifier: 400 invalid_grant', async (w) => {
      isError(await exchange(w, await signedIn(w), 'B'.repeat(43)), 400, 'invalid_grant');
    }),
    row('PKCE-07', 'M', 'no verifier: 400 invalid_grant', async (w) => {
      isError(await exchange(w, await signedIn(w), undefined), 400, 'invalid_grant');
    }),
    row('PKCE-08', 'M', 'a verifier of 42 or 129 characters: 400', async (w) => {
      for (const length of [42, 129]) {
        const got = await exchange(w, await signedIn(w), 'B'.repeat(length));
        isError(got, 400, ['invalid_request', 'invalid_grant']);
      }
    }),
    row('PKCE-09', 'M', 'the challenge itself as verifier: 400 invalid_grant', async (w) => {
      const { id, redirectUri } = w.of.SPA;
      const query = { client_id: id, redirect_uri: redirectUri, scope: 'openid user/*.rs', ...challenge };
      const one = await w.signIn(query);
      isError(await exchange(w, one, challenge.code_challenge), 400, 'invalid_grant');
    }),
    row('PKCE-10', 'M', 'a verifier for a code without a challenge: 400 invalid_grant', async (w) => {
      const { id, secret, redirectUri } = w.of.WEB;
      const without = { code_challenge: undefined, code_challenge_method: undefined };
      const one = await w.signIn({ client_id: id, redirect_uri: redirectUri, ...without });
      const form = { client_id: id, client_secret: secret, redirect_uri: redirectUri };
      isError(await w.exchange(one, form), 400, 'invalid_grant');
    }),
    row('PKCE-11', 'P', 'a wrong verifier burns the code', async (w) => {
      const one = await signedIn(w);
      isError(await exchange(w, one, 'B'.repeat(43)), 400, 'invalid_grant');
      isError(await exchange(w, one, one.verifier), 400, 'invalid_grant');
      const stolen = await signedIn(w);
      const { id, secret, redirectUri } = w.of.WEB;
      const form = { client_id: id, client_secret: secret, redirect_uri: redirectUri, code_verifier: 'B'.repeat(43) };
      isError(await w.exchange(stolen, form), 400, 'invalid_grant');
      assert.ok(isOk(await exchange(w, stolen, stolen.verifier)), 'another client burns nothing');
    }),
  ],
};

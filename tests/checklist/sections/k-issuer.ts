import assert from 'node:assert/strict';
import { isRedirectedError, spaRequest } from '../expect.ts';
import { row, type Section } from '../row.ts';
import { issuer } from '../world.ts';

export const issuerIdentification: Section = {
  letter: 'K',
  title: 'RFC 9207, the issuer in the answer',
  rows: [
    row('ISS-01', 'M', 'a code comes with iss', async (w) => {
      const { id, redirectUri } = w.of.SPA;
      const { back } = await w.signIn({ client_id: id, redirect_uri: redirectUri, scope: 'openid user/*.rs' });
      assert.ok(back.searchParams.get('code'));
      assert.equal(back.searchParams.get('iss'), issuer);
    }),
    row('ISS-02', 'M', 'an error comes with iss', async (w) => {
      const got = await w.authorize(spaRequest(w, { response_type: 'foo' }));
      isRedirectedError(got, w.of.SPA, 'unsupported_response_type');
    }),
  ],
};

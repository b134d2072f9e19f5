/** Any OpenID Connect provider as an identity system: discovery, PKCE, nonce, a signed id_token (OpenID Connect Core 3.1). */
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose';
import type { Outbound } from '@dhp/outbound';
import { askUpstream, textOf, UpstreamRefusal, type Upstream } from './upstream.ts';

export interface OpenIdConnectOptions {
  id: string;
  /** On the button. */
  name: string;
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** The claim that contains the PINFL, if the provider is trusted to state it. */
  pinflClaim?: string;
}

export function openIdConnect(o: OpenIdConnectOptions): Upstream {
  let known: Promise<Record<string, unknown>> | undefined;
  let keys: ReturnType<typeof createRemoteJWKSet> | undefined;

  /** Returns the metadata of the identity system; after a failure they are requested again. */
  async function metadata(outbound: Outbound): Promise<Record<string, unknown>> {
    known ??= askUpstream(outbound, `${o.issuer}/.well-known/openid-configuration`);
    try {
      const said = await known;
      if (said['issuer'] !== o.issuer) throw new UpstreamRefusal('other-issuer');
      return said;
    } catch (error) {
      known = undefined;
      throw error;
    }
  }

  return {
    id: o.id,
    name: o.name,
    async address({ state, nonce, codeChallenge, redirectUri, language, outbound }) {
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: o.clientId,
        redirect_uri: redirectUri,
        scope: 'openid profile',
        state,
        nonce,
        code_challenge: codeChallenge,
        code_challenge_method: 'S256',
        ui_locales: language,
      });
      return `${String((await metadata(outbound))['authorization_endpoint'])}?${query.toString()}`;
    },
    async identify({ code, nonce, codeVerifier, redirectUri, outbound }) {
      const { token_endpoint: endpoint, jwks_uri: jwksUri, ...said } = await metadata(outbound);
      const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: codeVerifier };
      const { headers, credentials } = authentication(o, said['token_endpoint_auth_methods_supported']);
      const body = new URLSearchParams({ ...form, ...credentials });
      const idToken = textOf((await askUpstream(outbound, String(endpoint), { headers, body }))['id_token']);
      if (idToken === undefined) throw new UpstreamRefusal('no-token');
      keys ??= createRemoteJWKSet(new URL(String(jwksUri)), { [customFetch]: keysBy(outbound) });
      const claims = await verified(idToken, keys, o);
      if (claims['nonce'] !== nonce) throw new UpstreamRefusal('other-nonce');
      const pinfl = o.pinflClaim === undefined ? undefined : textOf(claims[o.pinflClaim]);
      const amr = Array.isArray(claims['amr']) ? claims['amr'].filter((one) => typeof one === 'string') : [];
      return {
        subject: String(claims['sub']),
        pinfl: pinfl !== undefined && /^\d{14}$/.test(pinfl) ? pinfl : undefined,
        name: (textOf(claims['name']) ?? o.name).slice(0, 200),
        methods: amr.includes('mfa') ? ['mfa'] : ['pwd'],
      };
    },
  };
}

/** Fetches the keys of a provider through the guard of outbound requests. */
function keysBy(outbound: Outbound): (url: string) => Promise<Response> {
  return async (url) => {
    const { status, body } = await outbound(url, { method: 'GET', headers: { accept: 'application/json' } });
    return new Response(body, { status });
  };
}

/** Authenticates by the form if the provider accepts that, otherwise by HTTP Basic, which is also the default (RFC 8414). */
function authentication(
  { clientId, clientSecret }: OpenIdConnectOptions,
  methods: unknown,
): { headers: Record<string, string>; credentials: Record<string, string> } {
  if (Array.isArray(methods) && methods.includes('client_secret_post')) {
    return { headers: {}, credentials: { client_id: clientId, client_secret: clientSecret } };
  }
  const encoded = (text: string): string => new URLSearchParams({ text }).toString().slice('text='.length);
  const pair = Buffer.from(`${encoded(clientId)}:${encoded(clientSecret)}`).toString('base64');
  return { headers: { authorization: `Basic ${pair}` }, credentials: {} };
}

async function verified(
  idToken: string,
  keys: ReturnType<typeof createRemoteJWKSet>,
  { issuer, clientId }: OpenIdConnectOptions,
): Promise<Record<string, unknown>> {
  try {
    const options = {
      issuer,
      audience: clientId,
      algorithms: ['RS256', 'ES256', 'PS256'],
      requiredClaims: ['sub', 'exp', 'iat'],
      currentDate: new Date(Date.now()),
    };
    return (await jwtVerify(idToken, keys, options)).payload;
  } catch {
    throw new UpstreamRefusal('bad-id-token');
  }
}

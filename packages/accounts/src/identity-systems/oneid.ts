/**
 * OneID, the national identity system. It is not OpenID Connect: it has one address for everything, and no id_token, nonce or PKCE. Only
 * our state binds an answer to its browser, and only our own call with our secret proves the person.
 */
import type { Outbound } from '@dhp/outbound';
import { askUpstream, textOf, UpstreamRefusal, type Upstream, type UpstreamPerson } from './upstream.ts';

export interface OneIdOptions {
  /** The one address, such as https://sso.egov.uz/sso/oauth/Authorization.do */
  url: string;
  /** Address at which this server reaches it, if it differs from the browser's. */
  internalUrl?: string;
  clientId: string;
  clientSecret: string;
  /** As OneID issued it to the client. */
  scope: string;
  /** Default: OneID. */
  name?: string;
  /** A test system: its people are different from those of the real system. */
  isTest?: boolean;
}

export function oneId(o: OneIdOptions): Upstream {
  const credentials = { client_id: o.clientId, client_secret: o.clientSecret };
  const post = (outbound: Outbound, form: Record<string, string>): Promise<Record<string, unknown>> =>
    askUpstream(outbound, o.internalUrl ?? o.url, { body: new URLSearchParams({ ...form, ...credentials }) });

  return {
    id: 'oneid',
    name: o.name ?? 'OneID',
    ...(o.internalUrl !== undefined && { ownHosts: [new URL(o.internalUrl).host] }),
    async address({ state, redirectUri }) {
      const query = {
        response_type: 'one_code',
        client_id: o.clientId,
        redirect_uri: redirectUri,
        scope: o.scope,
        state,
      };
      return `${o.url}?${new URLSearchParams(query).toString()}`;
    },
    async identify({ code, redirectUri, outbound }) {
      const issued = await post(outbound, { grant_type: 'one_authorization_code', code, redirect_uri: redirectUri });
      const token = textOf(issued['access_token']);
      if (token === undefined) throw new UpstreamRefusal('no-token');
      const said = await post(outbound, {
        grant_type: 'one_access_token_identify',
        access_token: token,
        scope: o.scope,
      });
      const person = personOf(said);
      return o.isTest === true ? { ...person, subject: `test ${person.subject}`, isTest: true } : person;
    },
  };
}

/** Older answers have `first_name`, newer ones `firstname`. */
function personOf(said: Record<string, unknown>): UpstreamPerson {
  if (said['ret_cd'] !== undefined && ![0, '0'].includes(said['ret_cd'] as string)) throw new UpstreamRefusal('ret-cd');
  if (said['valid'] === false || said['valid'] === 'false') throw new UpstreamRefusal('not-valid');
  const pinfl = textOf(said['pin']);
  if (pinfl === undefined || !/^\d{14}$/.test(pinfl)) throw new UpstreamRefusal('no-pinfl');
  const first = textOf(said['first_name']) ?? textOf(said['firstname']);
  const last = textOf(said['sur_name']) ?? textOf(said['surname']) ?? textOf(said['lastname']);
  const name = [first, last].filter((part) => part !== undefined).join(' ') || textOf(said['full_name']) || 'OneID';
  // A password there is one factor; a key, a card or a face count as more.
  const isPassword = !/PKCS|MOBILE|FACE|MYID|CARD/i.test(textOf(said['auth_method']) ?? '');
  return { subject: pinfl, pinfl, name: name.slice(0, 200), methods: isPassword ? ['pwd'] : ['mfa'] };
}

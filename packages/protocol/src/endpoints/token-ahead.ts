/**
 * Plain requests for tokens of clients before the web framework, which would find a route, run ten hooks and make objects for each. They get
 * the same header fields, are counted, logged and answered as those that go through it. docs/decisions/0085-tokens-of-clients.md
 */
import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { relayedAddressField } from '@dhp/web-kit';
import { correlate, heldAnswer } from '@dhp/sso-kit/request';
import { refuseByJson, setSecurityHeaders, wantsPage } from '@dhp/sso-pages/answers';
import { faultKind, type OAuthErrorKind } from '@dhp/sso-pages/refusals';
import type { Cors } from '../cors.ts';
import type { Engine } from '../engine/engine.ts';
import { enginePaths } from '../engine/paths.ts';
import { isPlainHead } from '../engine/plain-token-request.ts';
import type { Limits } from '../limits/limits.ts';

/** Gets each request that is taken, for who measures (`node:diagnostics_channel`): `RequestAhead`. */
export const aheadChannel = 'dhp:sso.ahead';
const requests = channel(aheadChannel);

export interface RequestAhead {
  readonly path: string;
  readonly response: ServerResponse;
}

interface TokensAhead {
  readonly issuer: string;
  readonly engine: Engine;
  readonly limits: Limits;
  readonly cors: Cors;
  readonly errorPages: string | undefined;
  /** Notes the request for the developers of its client. */
  readonly note: (request: { url: string; method: string }, response: ServerResponse) => void;
  /** From here on connections are ended after an answer. */
  readonly isClosing: () => boolean;
  readonly onFault: (error: unknown) => void;
}

/** Takes a request that it can answer; false: it is for the framework. The address of its client must be that of its connection. */
export function tokensAhead(o: TokensAhead): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    if (!isPlainHead(request) || isForFramework(request)) return false;
    if (requests.hasSubscribers) requests.publish({ path: enginePaths.token, response } satisfies RequestAhead);
    const address = request.socket.remoteAddress ?? '';
    if (o.isClosing()) response.setHeader('Connection', 'close');
    correlate(request, response, address, () => {
      o.note({ url: request.url!, method: request.method! }, response);
      setSecurityHeaders({ raw: response }, o.issuer);
      const isAdmitted = o.limits.admitAddress(address, response);
      const answered = isAdmitted ? o.engine.handle(request, response, address) : refuseHasty(o, request, response);
      answered.catch((error: unknown) => {
        o.onFault(error);
        response.destroy();
      });
    });
    return true;
  };
}

/** The endpoint refuses other schemes before the engine sees them; people get pages; the portal may tell another address. */
function isForFramework({ headers }: IncomingMessage): boolean {
  const { authorization, accept } = headers;
  const isOtherScheme = authorization !== undefined && !/^basic /i.test(authorization);
  return isOtherScheme || wantsPage(accept) || headers[relayedAddressField] !== undefined;
}

async function refuseHasty({ cors, errorPages }: TokensAhead, request: IncomingMessage, response: ServerResponse) {
  const kind = await recorded();
  await cors.markRefusal(request, response);
  refuseByJson(response, kind, errorPages);
}

/** The refusal, once it is recorded; where it cannot be, that. */
async function recorded(): Promise<OAuthErrorKind> {
  try {
    await heldAnswer();
    return 'too-many-requests';
  } catch (error) {
    return faultKind(error instanceof Error ? error : new Error('thrown', { cause: error }));
  }
}

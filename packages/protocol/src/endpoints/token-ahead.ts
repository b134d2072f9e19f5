/**
 * Handles plain token requests of clients before the web framework, which would find a route, run ten hooks and create objects for each.
 * They get the same header fields and are counted, logged and answered like other requests. docs/decisions/0085-tokens-of-clients.md
 */
import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { relayedAddressField } from '@dhp/web-kit';
import { correlate, heldAnswer, requestIdOf } from '@dhp/sso-kit/request';
import { refuseByJson, securityHeaders, setSecurityHeaders, wantsPage } from '@dhp/sso-pages/answers';
import { faultKind, oauthErrorBody, withErrorPage, type OAuthErrorKind } from '@dhp/sso-pages/refusals';
import type { Cors } from '../cors.ts';
import type { Engine } from '../engine/engine.ts';
import { enginePaths } from '../engine/paths.ts';
import { callerOfPlain } from '../engine/admission.ts';
import { giveBack, isPlainHead, readBody } from '../engine/plain-token-request.ts';
import { comeAgain, countBusy, type BusyGates } from '../limits/busy.ts';
import type { Limits } from '../limits/limits.ts';

/** Channel with each request that is handled here, for measurements (`node:diagnostics_channel`): `RequestAhead`. */
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
  readonly gates: BusyGates;
  readonly cors: Cors;
  readonly errorPages: string | undefined;
  /** Notes the request for the developers of its client. */
  readonly note: (request: { url: string; method: string }, response: ServerResponse) => void;
  /** From here on connections are ended after an answer. */
  readonly isClosing: () => boolean;
  readonly onFault: (error: unknown) => void;
}

/**
 * Returns whether the request is handled here; false: the framework must handle it. The address of the client must be that of its
 * connection.
 */
export function tokensAhead(o: TokensAhead): (request: IncomingMessage, response: ServerResponse) => boolean {
  const refusesAtOnce = atOnce(o);
  const serve = (request: IncomingMessage, response: ServerResponse, address: string): void => {
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
  };
  return (request, response) => {
    if (!isPlainHead(request) || isForFramework(request)) return false;
    if (requests.hasSubscribers) requests.publish({ path: enginePaths.token, response } satisfies RequestAhead);
    const address = request.socket.remoteAddress ?? '';
    if (isPressed(o, request))
      void refusesAtOnce(request, response, address).then((is) => is || serve(request, response, address));
    else serve(request, response, address);
    return true;
  };
}

/** Whether requests are waiting. A request from a web page takes the usual way, which lets the page read the refusal. */
function isPressed({ gates: { programs }, isClosing }: TokensAhead, { headers }: IncomingMessage): boolean {
  return programs !== undefined && programs.state.waiting > 0 && headers.origin === undefined && !isClosing();
}

/**
 * Refuses a request of a caller whose share is used up before any other work: at three times the capacity, each microsecond spent on a
 * refusal is lost for answers.
 */
function atOnce({ issuer, gates, errorPages }: TokensAhead) {
  const body = Buffer.from(JSON.stringify(withErrorPage(oauthErrorBody('server-busy'), errorPages)));
  const fields = {
    ...securityHeaders(issuer),
    ...{ Vary: 'Origin', Pragma: 'no-cache', 'Cache-Control': 'no-store' },
    ...{ 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': String(body.length) },
  };
  return async (request: IncomingMessage, response: ServerResponse, address: string): Promise<boolean> => {
    const read = await readBody(request).catch((error: unknown) => error as Error);
    if (read instanceof Error || gates.programs?.isFullFor(callerOfPlain(request, read, address)) !== true) {
      giveBack(request, read);
      return false;
    }
    countBusy();
    gates.later(() => {
      response.writeHead(503, { ...fields, 'X-Request-Id': requestIdOf(request), 'Retry-After': comeAgain() });
      response.end(body);
    });
    return true;
  };
}

/** The endpoint refuses other schemes before the engine sees them; people get pages; and the portal may relay another address. */
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

/** The refusal, after it is recorded; if recording fails, that error instead. */
async function recorded(): Promise<OAuthErrorKind> {
  try {
    await heldAnswer();
    return 'too-many-requests';
  } catch (error) {
    return faultKind(error instanceof Error ? error : new Error('thrown', { cause: error }));
  }
}

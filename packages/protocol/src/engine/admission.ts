/** Refuses requests beyond the server's capacity, at the endpoints whose bodies the engine reads itself. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FairGate } from '@dhp/rate-limit';
import { refuseByJson } from '@dhp/sso-pages/answers';
import { callerOf, enter, tellWhenToComeAgain } from '../limits/busy.ts';
import type { EngineOptions } from './options.ts';
import { enginePaths } from './paths.ts';
import { giveBack, plainTokenRequest, readBody } from './plain-token-request.ts';

type Options = Pick<EngineOptions, 'gates' | 'cors' | 'errorPages'>;

const paths: ReadonlySet<string> = new Set([enginePaths.token, enginePaths.par, enginePaths.deviceAuthorization]);

/**
 * Admits or refuses a program's request whose client is still unknown. The request takes a place only after its body was read: a slow
 * sender occupies none.
 */
export async function admitUnknown(
  request: IncomingMessage,
  response: ServerResponse,
  address: string,
  options: Options,
): Promise<boolean> {
  const gate = options.gates.programs;
  if (gate === undefined || request.method !== 'POST' || !paths.has(pathOf(request))) return true;
  giveBack(request, await readBody(request).catch((error: unknown) => error as Error));
  return admit(gate, callerOf.address(address), { request, response }, options);
}

/** The caller of a request with a plain head, under which it will pass the gate if its credentials are right. */
export function callerOfPlain({ headers }: IncomingMessage, body: Buffer, address: string): string {
  const asked = plainTokenRequest(headers, body);
  return asked === undefined ? callerOf.address(address) : callerOf.client(asked.clientId);
}

/** Admits a request, or refuses it in the error format of its endpoint. @returns whether it is admitted */
export async function admit(
  gate: FairGate,
  caller: string,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  options: Options,
): Promise<boolean> {
  return (await enter(gate, caller, { response, later: options.gates.later })) || refuse(request, response, options);
}

async function refuse(request: IncomingMessage, response: ServerResponse, { cors, errorPages }: Options) {
  await cors.markRefusal(request, response);
  tellWhenToComeAgain(response);
  response.setHeader('Pragma', 'no-cache');
  refuseByJson(response, 'server-busy', errorPages);
  return false;
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0]!;
}

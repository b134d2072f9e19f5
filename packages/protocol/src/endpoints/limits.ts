/**
 * Requests of an address are counted before any work is done for them, and the total number in progress is limited to what can be answered.
 */
import type { FastifyInstance } from 'fastify';
import type { FairGate } from '@dhp/rate-limit';
import type { Language } from '@dhp/negotiation';
import { callerOf, enter, tellWhenToComeAgain, type BusyGates } from '../limits/busy.ts';
import type { Limits } from '../limits/limits.ts';
import { enginePaths } from '../engine/paths.ts';
import { giveBack, readBody } from '../engine/plain-token-request.ts';
import { isPreflight } from './cors.ts';
import { sendTrouble } from '@dhp/sso-pages/answers';
import { jwksPath, metadataPaths } from './metadata.ts';
import { mailsPath } from './mails.ts';
import { revocationFeedPath } from './revocation-feed.ts';
import { standingPath } from './standing.ts';

/**
 * Addresses that caches and the platform itself request all the time: they cost next to nothing and must not fail. Requests of FHIR servers
 * are counted later, when the caller is known.
 */
const uncounted: ReadonlySet<string> = new Set([
  ...metadataPaths,
  jwksPath,
  revocationFeedPath,
  standingPath,
  '/healthz',
  '/readyz',
]);

interface LimitOptions {
  readonly limits: Limits;
  readonly gates: BusyGates;
  readonly defaultLanguage: Language;
}

/** Adds both: the limits of addresses, and the gates behind them. */
export function addLimits(app: FastifyInstance, { limits, gates, defaultLanguage }: LimitOptions): void {
  countAddresses(app, limits, defaultLanguage);
  addGates(app, gates, defaultLanguage);
}

function countAddresses(app: FastifyInstance, limits: Limits, defaultLanguage: Language): void {
  app.addHook('onRequest', (request, reply, done) => {
    const path = request.url.split('?', 1)[0]!;
    if (uncounted.has(path) || isPreflight(request) || limits.admitAddress(request.ip, reply.raw)) {
      done();
      return;
    }
    void sendTrouble(request, reply, { kind: 'too-many-requests', fallback: defaultLanguage });
  });
}

/** Addresses below the one of the endpoints for programs that browsers go to. */
const pages = [enginePaths.authorize, enginePaths.device, enginePaths.logout];

/** The gate of a path. Both kinds have some addresses that are never refused; the callers of this function check for them. */
function gateOf(path: string, { programs, people }: BusyGates): FairGate | undefined {
  const isPage = pages.some((page) => path === page || path.startsWith(`${page}/`));
  return path.startsWith('/oauth/') && !isPage ? programs : people;
}

/** Forms that the engine reads itself; it passes the gate after reading them. */
const readByEngine: ReadonlySet<string> = new Set([
  enginePaths.token,
  enginePaths.par,
  enginePaths.deviceAuthorization,
]);

/**
 * If more requests arrive than can be answered in time, the excess is refused. A request passes the gate only after its body was read: a
 * slow sender occupies no place.
 */
function addGates(app: FastifyInstance, gates: BusyGates, defaultLanguage: Language): void {
  if (gates.people === undefined) return;
  app.addHook('preHandler', async (request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    const gate = gateOf(path, gates);
    if (gate === undefined || uncounted.has(path) || path === mailsPath || isPreflight(request)) return undefined;
    if (readByEngine.has(path)) return undefined;
    // The engine also reads the forms of its pages.
    const isUnread = request.method === 'POST' && (request.body ?? undefined) === undefined;
    if (isUnread && !request.raw.readableEnded)
      giveBack(request.raw, await readBody(request.raw).catch((error: unknown) => error as Error));
    if (await enter(gate, callerOf.address(request.ip), { response: reply.raw, later: gates.later })) return undefined;
    tellWhenToComeAgain(reply.raw);
    return sendTrouble(request, reply, { kind: 'server-busy', fallback: defaultLanguage });
  });
}

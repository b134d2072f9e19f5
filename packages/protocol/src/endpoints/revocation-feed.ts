/**
 * The feed from which the FHIR servers learn of revocations: `GET /oauth/revocations`. Only servers of the installation may read it. They
 * sign their requests, and decrypt the names in the answer, with a key that both sides derive from the secret of the installation; without
 * the key, a caller gets nothing, and could not tell from the answer whom it concerns.
 *
 * A server that sends `count` gets at most that many entries, the oldest first, and in `next` the value of `after` for the following ones.
 * Without `count` it gets all entries, or none if there are more than fit on a page: a server that does not read pages would take a part
 * for the whole.
 */
import { createHmac } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Limits } from '../limits/limits.ts';
import type { RevocationOptions } from './revocation.ts';
import { bearerIn, serverClaims } from './server-token.ts';
import { selectRevocations, type RevocationPlace, type RevocationSubject } from '@dhp/grants/artifacts';
import { refuseOtherMethods, sendRefusal } from '@dhp/sso-pages/answers';

export const revocationFeedPath = '/oauth/revocations';

/** Subject under which requests of the feed are limited; it cannot be a client id. */
const asking = 'revocation-feed:';

export function addRevocationFeed(app: FastifyInstance, o: RevocationOptions & { feedKey: Buffer }): void {
  app.get<{ Querystring: { since?: unknown; count?: unknown; after?: unknown } }>(
    revocationFeedPath,
    async (request, reply) => {
      const { since } = request.query;
      const token = bearerIn(request.headers.authorization);
      const of = {
        key: o.feedKey,
        typ: 'dhp-revocations+jwt',
        audience: o.issuer + revocationFeedPath,
        now: o.clock(),
      };
      const isServer = token !== undefined && (await serverClaims(token, of)) !== undefined;
      if (!admits(o.limits, isServer, request.ip, reply.raw)) return sendRefusal(reply, 'too-many-requests');
      if (!isServer) {
        if (token !== undefined)
          o.record({ event: 'client.refused', reason: `invalid-token at ${revocationFeedPath}` }, request.ip);
        reply.header('WWW-Authenticate', token === undefined ? 'Bearer' : 'Bearer error="invalid_token"');
        return sendRefusal(reply, 'revocation-feed-key-missing');
      }
      const from = since === undefined ? undefined : timeOf(since);
      if (from === 'malformed') return sendRefusal(reply, 'malformed-since');
      const page = pageOf(request.query);
      if (page === 'malformed') return sendRefusal(reply, 'malformed-page');
      const found = await answerOf(o, from, page);
      if (found === undefined) return sendRefusal(reply, 'pages-needed');
      return reply.header('Cache-Control', 'no-store').send(found);
    },
  );
  refuseOtherMethods(app, revocationFeedPath, 'GET, HEAD');
}

interface Page {
  /** Undefined for a server that does not read pages, as in the previous version: it gets all entries in one answer of at most one page. */
  count: number | undefined;
  after: RevocationPlace | undefined;
}

/** @returns undefined if the entries do not fit on one page and the server does not read pages */
async function answerOf(
  o: RevocationOptions & { feedKey: Buffer },
  since: Date | undefined,
  { count, after }: Page,
): Promise<object | undefined> {
  const now = o.clock();
  const rows = await selectRevocations(o.sql, { since, after, count: (count ?? mostOfPage) + 1, now });
  if (count === undefined && rows.length > mostOfPage) return undefined;
  const shown = rows.slice(0, count);
  const next = shown.length < rows.length ? placeText(shown.at(-1)!.place) : undefined;
  const revocations = shown.map(({ subject, revoked_at: at }) => ({
    subject: nameOf(subject, o.feedKey),
    revoked_at: at.toISOString(),
  }));
  return { now: now.toISOString(), revocations, ...(next !== undefined && { next }) };
}

/** Servers have a separate quota, which strangers behind the same address cannot use up. */
function admits(
  limits: Limits,
  isServer: boolean,
  address: string,
  response: Parameters<Limits['admitAddress']>[1],
): boolean {
  return isServer ? limits.admitClient(asking, address, response) : limits.admitAddress(address, response);
}

/** Returns the feed's name of a subject: the same for everybody with the key and the token, meaningless to others. */
function nameOf(subject: RevocationSubject, feedKey: Buffer): string {
  return createHmac('sha256', feedKey).update(subject).digest('base64url');
}

/** Most revocations of one page. */
const mostOfPage = 10_000;

function pageOf({ count, after }: { count?: unknown; after?: unknown }): Page | 'malformed' {
  if (count === undefined) return after === undefined ? { count: undefined, after: undefined } : 'malformed';
  if (typeof count !== 'string' || !/^[1-9]\d{0,4}$/.test(count)) return 'malformed';
  const place = after === undefined ? undefined : placeOf(after);
  return place === 'malformed' ? place : { count: Math.min(Number(count), mostOfPage), after: place };
}

const placeText = ({ at, hash }: RevocationPlace): string => Buffer.from(`${hash} ${at}`).toString('base64url');

function placeOf(text: unknown): RevocationPlace | 'malformed' {
  const [, hash, at] =
    /^([\da-f]{64}) (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?[+-]\d\d(?::\d\d)?)$/.exec(
      typeof text === 'string' ? Buffer.from(text, 'base64url').toString('latin1') : '',
    ) ?? [];
  const isTime =
    at !== undefined && !Number.isNaN(new Date(at.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')).getTime());
  return hash === undefined || !isTime ? 'malformed' : { at, hash };
}

function timeOf(since: unknown): Date | 'malformed' {
  if (typeof since !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(since))
    return 'malformed';
  const time = new Date(since);
  return Number.isNaN(time.getTime()) ? 'malformed' : time;
}

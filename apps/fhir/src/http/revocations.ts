import { createHmac } from 'node:crypto';
import { SignJWT, type JWTPayload } from 'jose';
import type { AccessTokenClaims } from '../contract/access.ts';
import { failure, type Failure } from './errors.ts';

/** Revocations that the SSO has published, of tokens, sign-ins, people and clients; fetched every few seconds. */
export interface Revocations {
  /** Returns the feed's name of a subject such as `sub:ID`; only a holder of its key can compute it. */
  readonly nameOf: (subject: string) => string;
  /**
   * Returns why a token is not valid: `token-revoked`, or `sso-unavailable` when the SSO has been silent for too long. Undefined for a
   * valid token. Costs next to nothing while nothing is revoked.
   */
  readonly doubt: (claims: AccessTokenClaims) => Failure | undefined;
  /** Resolves when the SSO has answered once, or was given up for now. */
  readonly ready: () => Promise<void>;
  readonly close: () => void;
}

interface Answer {
  now: string;
  revocations: { subject: string; revoked_at: string }[];
  /** Place of the next page; absent on the last one. */
  next?: string;
}

export interface RevocationSettings {
  /** Address of the feed; may be an internal one. */
  uri: string;
  /**
   * 32 bytes that this server shares with the SSO: it signs requests for the feed, and derives the names of revoked tokens, sign-ins and
   * persons.
   */
  key: Buffer;
  /** Between two questions, ms (default 2,000). */
  every?: number;
  /** How long the SSO may be silent before tokens are refused, ms (default 30,000). */
  patience?: number;
}

/** Servers of the SSO share a database and not a clock, and a transaction is seen some time after its time. */
const overlap = 60_000;
/** Short beside the patience, and long for a machine with more work than cores, where an answer is there before anybody looks. */
const fetchTimeout = 10_000;
/** Revocations of one answer of the SSO. */
const pageSize = 5_000;
/** One question that hangs keeps the next from nothing. */
const mostQuestions = 4;
/** Nothing is kept for longer than a token lives. */
const keepFor = 3_660_000;

const withoutFeed: Revocations = {
  nameOf: (subject) => subject,
  doubt: () => undefined,
  ready: () => Promise.resolve(),
  close: () => undefined,
};

const steadyTime = (): Date => new Date(Date.now());

/** Undefined settings: an SSO without a feed, whose tokens are valid until they expire. */
export function openRevocations(
  settings: RevocationSettings | undefined,
  { issuer, audience: server, clock = steadyTime }: { issuer: string; audience: string; clock?: () => Date },
): Revocations {
  if (settings === undefined) return withoutFeed;
  const { uri, key, every = 2_000, patience = 30_000 } = settings;
  const revoked = new Map<string, number>();
  let since: string | undefined;
  let heardAt = -Infinity;

  const nameOf = (subject: string): string => createHmac('sha256', key).update(subject).digest('base64url');

  let questions = 0;
  async function ask(): Promise<void> {
    const asked = performance.now();
    questions += 1;
    try {
      const first = await page(since);
      if (first === undefined) return;
      // The server has spoken once all pages are there: the last revocations are on the last one.
      for (let { next } = first; next !== undefined;) {
        const more = await page(since, next);
        if (more === undefined || more.next === next) return;
        ({ next } = more);
      }
      const { now } = first;
      forget(Date.parse(now) - keepFor);
      // The answer to an earlier question may come behind that of a later one, and is then incomplete.
      if (asked < heardAt) return;
      since = new Date(Date.parse(now) - overlap).toISOString();
      heardAt = asked;
    } catch {
      // The SSO is silent: only the duration matters.
    } finally {
      questions -= 1;
    }
  }

  async function page(from: string | undefined, after?: string): Promise<Answer | undefined> {
    const answer = await askedPage({ uri, key, issuer, server, now: clock() }, { from, after });
    for (const { subject, revoked_at: at } of answer?.revocations ?? []) revoked.set(named(subject), Date.parse(at));
    return answer;
  }

  /** An SSO of the version before says whom it means: FHIR servers are upgraded before it. A name has no colon. */
  function named(subject: string): string {
    return subject.includes(':') ? nameOf(subject) : subject;
  }

  function forget(before: number): void {
    for (const [subject, at] of revoked) if (at < before) revoked.delete(subject);
  }

  const first = ask();
  const timer = setInterval(() => {
    if (questions < mostQuestions) void ask();
  }, every).unref();

  return {
    nameOf,
    doubt(claims) {
      if (performance.now() - heardAt > patience) {
        const diagnostics = 'The SSO does not say which tokens are revoked.';
        return failure('sso-unavailable', {}, { diagnostics });
      }
      if (revoked.size === 0) return undefined;
      const { issuedAt, subjects } = claims;
      if (!subjects.some((subject) => (revoked.get(subject) ?? -Infinity) >= issuedAt)) return undefined;
      return failure(
        'token-revoked',
        {},
        { diagnostics: 'The token, its sign-in, its person or its client was revoked.' },
      );
    },
    ready: () => first,
    close() {
      clearInterval(timer);
    },
  };
}

/** Asks for a page. An SSO of the version before answers with all at once. @returns undefined when it refuses */
async function askedPage(
  { uri, ...by }: Parameters<typeof askedBy>[0] & { uri: string },
  { from, after }: { from: string | undefined; after: string | undefined },
): Promise<Answer | undefined> {
  const query = new URLSearchParams({
    count: String(pageSize),
    ...(from !== undefined && { since: from }),
    ...(after !== undefined && { after }),
  });
  const headers = { authorization: `Bearer ${await askedBy(by)}` };
  const signal = AbortSignal.timeout(fetchTimeout);
  const response = await fetch(`${uri}?${query.toString()}`, { headers, redirect: 'error', signal });
  return response.ok ? ((await response.json()) as Answer) : undefined;
}

/** The token of a request for the feed, whose audience is the published address of the SSO, even if it is reached by another. */
function askedBy(o: { issuer: string; server: string; key: Buffer; now: Date }): Promise<string> {
  const seconds = Math.floor(o.now.getTime() / 1000);
  return new SignJWT({})
    .setProtectedHeader({ alg: 'HS256', typ: 'dhp-revocations+jwt' })
    .setIssuer(o.server)
    .setAudience(`${o.issuer}/oauth/revocations`)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + 60)
    .sign(o.key);
}

/** Place among the subjects of a token. */
const personAt = 1;

/** The same token without the name by which all tokens of its person are revoked. */
export function besidePerson(token: AccessTokenClaims): AccessTokenClaims {
  return { ...token, subjects: token.subjects.filter((_, n) => n !== personAt) };
}

/** @param nameOf how the feed of revocations names a subject */
export function accessTokenClaims(
  { jti, sub, iat = 0, ...claims }: JWTPayload,
  nameOf: (subject: string) => string,
): AccessTokenClaims {
  const { client_id: client, gid, cnf, iat_ms: exactly } = claims;
  const thumbprint = (cnf as { jkt?: unknown } | undefined)?.jkt;
  return {
    issuedAt: typeof exactly === 'number' ? exactly : iat * 1000,
    subjects: [
      `jti:${jti ?? ''}`,
      `sub:${sub ?? ''}`,
      `client:${typeof client === 'string' ? client : ''}`,
      ...(typeof gid === 'string' ? [`grant:${gid}`] : []),
    ].map(nameOf),
    ...(typeof thumbprint === 'string' ? { thumbprint } : {}),
  };
}

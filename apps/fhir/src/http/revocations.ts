import type { AccessTokenClaims } from './access-token.ts';
import { failure, type Failure } from './errors.ts';

/** What the SSO has said no longer counts: tokens, sign-ins, people, clients. Asked for every few seconds. */
export interface Revocations {
  /**
   * Why a token does not count: `token-revoked`, or `sso-unavailable` when the SSO has been silent for so long that nobody can tell.
   * Undefined when it does. Costs next to nothing while nothing is revoked.
   */
  readonly doubt: (claims: AccessTokenClaims) => Failure | undefined;
  /** Resolves when the SSO has answered once, or was given up for now. */
  readonly ready: () => Promise<void>;
  readonly close: () => void;
}

interface Answer {
  now: string;
  revocations: { subject: string; revoked_at: string }[];
}

export interface RevocationSettings {
  /** Where the feed is fetched; may be an internal address. */
  uri: string;
  /** Between two questions, ms (default 2,000). */
  every?: number;
  /** How long the SSO may be silent before tokens are refused, ms (default 30,000). */
  patience?: number;
}

/** Servers of the SSO share a database and not a clock, and a transaction is seen some time after its time. */
const overlap = 60_000;
/** Short beside the patience, and long for a machine with more work than cores, where an answer is there before anybody looks. */
const fetchTimeout = 10_000;
/** One question that hangs keeps the next from nothing. */
const mostQuestions = 4;
/** Nothing is kept for longer than a token lives. */
const keepFor = 3_660_000;

/** Undefined settings: an SSO without a feed, whose tokens are good until they expire. */
export function openRevocations(settings: RevocationSettings | undefined): Revocations {
  if (settings === undefined) return { doubt: () => undefined, ready: () => Promise.resolve(), close: () => undefined };
  const { uri, every = 2_000, patience = 30_000 } = settings;
  const revoked = new Map<string, number>();
  let since: string | undefined;
  let heardAt = -Infinity;

  let questions = 0;
  async function ask(): Promise<void> {
    const asked = performance.now();
    questions += 1;
    try {
      const query = since === undefined ? '' : `?since=${encodeURIComponent(since)}`;
      const response = await fetch(`${uri}${query}`, { redirect: 'error', signal: AbortSignal.timeout(fetchTimeout) });
      if (!response.ok) return;
      const { now, revocations } = (await response.json()) as Answer;
      for (const { subject, revoked_at: at } of revocations) revoked.set(subject, Date.parse(at));
      forget(Date.parse(now) - keepFor);
      // What was asked before another question may be answered behind it, and says less.
      if (asked < heardAt) return;
      since = new Date(Date.parse(now) - overlap).toISOString();
      heardAt = asked;
    } catch {
      // Silence: what matters is for how long.
    } finally {
      questions -= 1;
    }
  }

  function forget(before: number): void {
    for (const [subject, at] of revoked) if (at < before) revoked.delete(subject);
  }

  const first = ask();
  const timer = setInterval(() => {
    if (questions < mostQuestions) void ask();
  }, every).unref();

  return {
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

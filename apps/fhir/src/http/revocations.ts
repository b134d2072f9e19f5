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
const fetchTimeout = 3_000;
/** Nothing is kept for longer than a token lives. */
const keepFor = 3_660_000;

/** Undefined settings: an SSO without a feed, whose tokens are good until they expire. */
export function openRevocations(settings: RevocationSettings | undefined): Revocations {
  if (settings === undefined) return { doubt: () => undefined, ready: () => Promise.resolve(), close: () => undefined };
  const { uri, every = 2_000, patience = 30_000 } = settings;
  const revoked = new Map<string, number>();
  let since: string | undefined;
  let heardAt = -Infinity;

  async function ask(): Promise<void> {
    try {
      const query = since === undefined ? '' : `?since=${encodeURIComponent(since)}`;
      const response = await fetch(`${uri}${query}`, { redirect: 'error', signal: AbortSignal.timeout(fetchTimeout) });
      if (!response.ok) return;
      const { now, revocations } = (await response.json()) as Answer;
      for (const { subject, revoked_at: at } of revocations) revoked.set(subject, Date.parse(at));
      since = new Date(Date.parse(now) - overlap).toISOString();
      forget(Date.parse(now) - keepFor);
      heardAt = performance.now();
    } catch {
      // Silence: what matters is for how long.
    }
  }

  function forget(before: number): void {
    for (const [subject, at] of revoked) if (at < before) revoked.delete(subject);
  }

  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const goOn = (): void => {
    if (!stopped) timer = setTimeout(() => void ask().finally(goOn), every).unref();
  };
  const first = ask().finally(goOn);

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
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/**
 * Rights that are kept beyond a token: the SSO is asked which of them still hold, a minute after the last time, and when its feed of
 * revocations has named the person since. A token is an answer of the moment at which it was issued.
 * docs/decisions/0103-rights-that-outlive-tokens.md
 */
import type { Access, AccessTokenClaims, Claimed } from '../contract/access.ts';
import { narrowedAccess, type StandingClaims } from './claimed.ts';
import type { Failure } from './errors.ts';
import { askSso } from './sso-question.ts';

export interface Standings {
  /** Asks about the rights that were not confirmed for a while. Never rejects: `of` returns unknown ones as such. */
  ask(kept: readonly Access[]): Promise<void>;
  /**
   * By answers that are not too old: the rights as far as they stand, or the word of the SSO for why they have ended. `unknown` where there is no such answer;
   * undefined for rights that the SSO cannot be asked about: those of a person whose sign-in is not known.
   */
  of(kept: Access): Access | { readonly ended: string } | 'unknown' | undefined;
}

export interface StandingSettings {
  /** Address of the endpoint; may be an internal one. */
  readonly uri: string;
  /** For how long an answer is good, ms (default a minute). */
  readonly every?: number;
  /** How long the SSO may be silent before nothing is known any more, ms (default 10 minutes). */
  readonly patience?: number;
  /** Between two questions about the same, ms (default 2,000). */
  readonly rest?: number;
}

interface Means {
  readonly key: Buffer;
  readonly issuer: string;
  readonly audience: string;
  readonly clock: () => Date;
  readonly trustsHealthWorkers: boolean;
  /** The feed of revocations about a token. */
  readonly doubt: (token: AccessTokenClaims) => Failure | undefined;
}

type Told = StandingClaims | { readonly ended: string };

/** An answer, and the rights derived from it on demand. */
interface Answered {
  readonly told: Told;
  readonly at: number;
  /** By `performance.now`. */
  readonly asked: number;
  made?: Access;
}

interface Entry {
  readonly answered: Answered | undefined;
  /** By the clock of the SSO: later revocations are not in it. */
  readonly at: number;
  /** Milliseconds since it was requested. */
  readonly age: number;
}

/** Of one question: the SSO takes 500 owners and 1 MiB. */
const most = { owners: 500, bytes: 512 * 1024 };
const fetchTimeout = 10_000;

export function openStandings(settings: StandingSettings, means: Means): Standings {
  return new KnownStandings(settings, means);
}

class KnownStandings implements Standings {
  readonly #settings: Required<StandingSettings>;
  readonly #means: Means;
  readonly #answers = new Map<string, Answered>();
  /** Times by `performance.now`. */
  readonly #tried = new Map<string, number>();
  /** Those for whom the SSO, although it answers, has no answer, and since when. */
  readonly #untold = new Map<string, number>();
  readonly #underWay = new Map<string, Promise<void>>();
  #heardAt = -Infinity;

  constructor({ uri, every = 60_000, patience = 600_000, rest = 2_000 }: StandingSettings, means: Means) {
    this.#settings = { uri, every, patience, rest };
    this.#means = means;
  }

  async ask(kept: readonly Access[]): Promise<void> {
    this.#forget();
    const due = new Set<string>();
    const waited = new Set<Promise<void>>();
    for (const access of kept) {
      const name = questionOf(access, this.#means.clock());
      if (name === undefined || !this.#isDue(name, access)) continue;
      const before = this.#underWay.get(name);
      if (before !== undefined) waited.add(before);
      else if (performance.now() - (this.#tried.get(name) ?? -Infinity) >= this.#settings.rest) due.add(name);
    }
    for (const names of together([...due])) {
      const asking = this.#askTogether(names);
      for (const name of names) this.#underWay.set(name, asking);
      waited.add(asking);
    }
    await Promise.all(waited);
  }

  of(access: Access): ReturnType<Standings['of']> {
    const { clock, trustsHealthWorkers } = this.#means;
    const name = questionOf(access, clock());
    if (name === undefined) return undefined;
    const { answered, at, age } = this.#entryOf(name, access);
    const { patience } = this.#settings;
    if (age > patience || this.#isNamedSince(at, access)) {
      const since = this.#untold.get(name) ?? Infinity;
      // A person about whom the SSO has no answer keeps others waiting no longer than a silent SSO does.
      return this.#heardAt - since > patience ? { ended: 'untold' } : 'unknown';
    }
    if (answered === undefined) return access;
    const { told } = answered;
    if ('ended' in told) return told;
    const claimed = access.claimed!;
    if (isWhole(claimed, told)) return access;
    answered.made ??= narrowedAccess({ ...access, claimed }, told, trustsHealthWorkers);
    // Another token with the same words, of another moment.
    const { expiresAt, token, twoFactorsAt, launched } = access;
    return { ...answered.made, expiresAt, token, twoFactorsAt, launched };
  }

  #entryOf(name: string, { token }: Access): Entry {
    const answered = this.#answers.get(name);
    if (answered !== undefined) return { answered, at: answered.at, age: performance.now() - answered.asked };
    return { answered, at: token.issuedAt, age: this.#means.clock().getTime() - token.issuedAt };
  }

  #isDue(name: string, access: Access): boolean {
    const { at, age } = this.#entryOf(name, access);
    return age >= this.#settings.every || this.#isNamedSince(at, access);
  }

  #isNamedSince(at: number, { token }: Access): boolean {
    return this.#means.doubt({ ...token, issuedAt: at })?.code === 'token-revoked';
  }

  async #askTogether(names: readonly string[]): Promise<void> {
    const asked = performance.now();
    for (const name of names) this.#tried.set(name, asked);
    try {
      const { standing, now } = await answerTo(names, this.#settings.uri, this.#means);
      names.forEach((name, n) => {
        const told = toldIn(standing[n]);
        if (told === undefined) this.#untold.set(name, this.#untold.get(name) ?? asked);
        else {
          this.#answers.set(name, { told, at: now, asked });
          this.#untold.delete(name);
        }
      });
      this.#heardAt = asked;
    } catch {
      // The SSO is silent: only the duration matters.
    } finally {
      for (const name of names) this.#underWay.delete(name);
    }
  }

  /** Entries that nobody has asked for in a while are removed. */
  #forget(): void {
    const before = performance.now() - 2 * this.#settings.patience;
    for (const [name, at] of this.#tried) {
      if (at >= before) continue;
      for (const map of [this.#tried, this.#answers, this.#untold]) map.delete(name);
    }
  }
}

/** An owner as the SSO is asked about it. */
function questionOf(
  { claimed, clientId, subject, person, authority, expiresAt }: Access,
  now: Date,
): string | undefined {
  if (claimed === undefined) return undefined;
  const { scopes, organization, grant, patient, byRoles, policies, roles } = claimed;
  const owner = { client: clientId, scopes };
  if (subject === clientId && authority === 'system') return JSON.stringify({ ...owner, organization });
  if (grant === undefined) return undefined;
  const renewed = expiresAt <= now.getTime() ? true : undefined;
  const named = { id: subject, grant, fhirUser: person, patient, byRoles, policies, roles, renewed };
  return JSON.stringify({ ...owner, person: named });
}

function* together(names: readonly string[]): Generator<string[]> {
  let [part, bytes]: [string[], number] = [[], 0];
  for (const name of names) {
    const size = Buffer.byteLength(name) + 1;
    if (part.length === most.owners || (part.length > 0 && bytes + size > most.bytes)) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(name);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

/** @throws where there is no answer, or none that is signed for this question */
async function answerTo(
  names: readonly string[],
  uri: string,
  means: Means,
): Promise<{ readonly standing: readonly unknown[]; readonly now: number }> {
  const body = `{"owners":[${names.join(',')}]}`;
  const payload = await askSso(
    body,
    { uri, path: '/oauth/standing', typ: 'dhp-standing', timeout: fetchTimeout },
    means,
  );
  const { standing, now } = payload as { standing?: unknown; now?: unknown };
  const isOurs = Array.isArray(standing) && standing.length === names.length;
  if (!isOurs || typeof now !== 'number') throw new Error('the answer is to another question');
  return { standing, now };
}

/** Whether all words of a token stand. */
function isWhole(claimed: Claimed, told: StandingClaims): boolean {
  return (
    claimed.organization === told.organization &&
    (['scopes', 'policies', 'roles'] as const).every((name) => claimed[name]?.length === told[name]?.length)
  );
}

/** Undefined if the SSO does not say: the earlier answer then holds until it is too old. */
function toldIn(value: unknown): Told | undefined {
  const { ended, scopes, organization, policies, roles } = (value ?? {}) as Partial<Record<string, unknown>>;
  if (typeof ended === 'string') return { ended };
  if (!isTexts(scopes)) return undefined;
  return {
    scopes,
    ...(typeof organization === 'string' && { organization }),
    ...(isTexts(policies) && { policies }),
    ...(isTexts(roles) && { roles }),
  };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

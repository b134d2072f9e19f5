/**
 * Limits of this node: requests of an address, requests of a client, wrong secrets, wrong user codes.
 *
 * A client is counted by the network from which it calls: its id is not secret, and nobody may use up the quota of another. Requests are
 * counted in the memory of each node, without a statement; the quota applies per node. Wrong secrets and codes are counted in the database,
 * for all nodes together. Secrets are counted only after a failure, so a right one never waits. A right secret is accepted even while wrong
 * ones are refused: secrets are 256 random bits, which nobody guesses, and a stranger in the client's network must not be able to lock it
 * out. User codes are shorter: each attempt is counted before the code is looked up, so that parallel attempts cannot exceed the limit.
 */
import { LRUCache } from 'lru-cache';
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Sql } from '@dhp/postgres';
import { addTaken, createQuota, networkOf, type Quota, type QuotaOptions } from '@dhp/rate-limit';
import type { AuditEvent } from '@dhp/audit';
import { countAttempt, countFailure, giveBackAttempt, type ThrottlePolicy } from '@dhp/accounts/rows';

/** Requests a minute, which may also arrive in one burst; 0 for no limit. */
export interface RateLimits {
  perClient: number;
  perAddress: number;
  /** Makes each quota; default: a quota of this process alone. */
  createQuota?: (options: QuotaOptions) => Quota;
}

export interface Limits {
  /** Counts a request of an address, and sets the header fields of the answer. @returns whether the request is admitted */
  admitAddress(address: string, response: ServerResponse): boolean;
  /** The same for the client that the request names. */
  admitClient(clientId: string, address: string, response: ServerResponse): boolean;
  /**
   * Counts a failed authentication of a client, whether or not the client exists.
   * @returns whether the limit was already exceeded: then the request must be answered so, and `Retry-After` is set
   */
  noteWrongSecret(clientId: string, address: string, response: ServerResponse): Promise<boolean>;
  /**
   * Counts that an address tries a user code of a device.
   * @returns an object to report the result to; undefined if no attempt is allowed: then `Retry-After` is set
   */
  beginUserCode(address: string, response: ServerResponse): Promise<UserCodeTry | undefined>;
}

export interface UserCodeTry {
  /** There is no such code. */
  wrong(): void;
  /** The attempt succeeded and does not count. */
  right(): Promise<void>;
}

const seconds = 60;

/** Half a minute after the fifth in a row, five minutes after the ninth; one a minute is forgotten. */
const wrongSecrets: ThrottlePolicy = { free: 5, firstDelay: 30, longestDelay: 300, forgets: 60 };
/**
 * Limits of wrong secrets and user codes. There are some 10^10 user codes: a person may mistype some, but trying them all must take longer
 * than a lifetime.
 */
const wrongUserCodes: ThrottlePolicy = { free: 10, firstDelay: 30, longestDelay: 900, forgets: 60 };

type Record = (event: Pick<AuditEvent, 'event' | 'reason' | 'clientId'>, address: string) => void;

/** Undefined rates: nothing is limited. */
export function openLimits(
  rates: RateLimits | undefined,
  { sql, clock, record }: { sql: Sql; clock: () => Date; record: Record },
): Limits {
  if (rates === undefined) return unlimited;
  const clients = quotaOf('client', rates.perClient, rates.createQuota);
  const addresses = quotaOf('address', rates.perAddress, rates.createQuota);
  const waits = createWaits();

  function admit(
    quota: Quota | undefined,
    caller: string,
    { response, ...who }: { address: string; clientId?: string; response: ServerResponse },
  ): boolean {
    if (quota === undefined) return true;
    const taken = quota.take(caller, performance.now());
    addTaken(response, taken);
    if (taken.isFirstRefusal) {
      const { address, ...client } = who;
      record({ event: 'request.limited', reason: quota.name, ...client }, address);
    }
    return taken.isGranted;
  }

  function isFree(subject: string, response: ServerResponse): boolean {
    const wait = waits.secondsOf(subject, clock());
    if (wait === 0) return true;
    response.setHeader('Retry-After', String(wait));
    return false;
  }

  async function note(
    subject: string,
    policy: ThrottlePolicy,
    event: { reason: string; clientId?: string },
    address: string,
  ): Promise<void> {
    const until = await countFailure(sql, subject, policy, clock());
    if (until === undefined) return;
    if (waits.secondsOf(subject, clock()) === 0) record({ event: 'request.limited', ...event }, address);
    waits.set(subject, until);
  }

  return {
    admitAddress: (address, response) => admit(addresses, networkOf(address), { address, response }),
    admitClient: (clientId, address, response) =>
      admit(clients, `${clientId.slice(0, 100)} ${networkOf(address)}`, { address, clientId, response }),
    async noteWrongSecret(clientId, address, response) {
      const subject = secretSubject(clientId, address);
      if (!isFree(subject, response)) return true;
      await note(subject, wrongSecrets, { reason: 'wrong-secrets', clientId }, address);
      return false;
    },
    async beginUserCode(address, response) {
      const subject = codeSubject(address);
      if (!isFree(subject, response)) return undefined;
      const { isTaken, blockedUntil } = await countAttempt(sql, subject, wrongUserCodes, clock());
      if (!isTaken) {
        if (blockedUntil !== undefined) waits.set(subject, blockedUntil);
        isFree(subject, response);
        return undefined;
      }
      return {
        wrong() {
          if (blockedUntil === undefined) return;
          record({ event: 'request.limited', reason: 'wrong-user-codes' }, address);
          waits.set(subject, blockedUntil);
        },
        right: () => giveBackAttempt(sql, subject, wrongUserCodes),
      };
    },
  };
}

function quotaOf(name: string, requests: number, create = createQuota): Quota | undefined {
  return requests === 0 ? undefined : create({ name, requests, seconds });
}

function secretSubject(clientId: string, address: string): string {
  return `client:${createHash('sha256').update(clientId).digest('base64url')} ${networkOf(address)}`;
}

function codeSubject(address: string): string {
  return `user-code:${networkOf(address)}`;
}

const mostWaits = 10_000;

/**
 * Remembers which subjects must wait, as far as this node knows; it learns of waits on other nodes at the next failure. The entries used
 * least recently are dropped first.
 */
function createWaits(): {
  secondsOf: (subject: string, now: Date) => number;
  set: (subject: string, until: Date) => void;
} {
  // With `max` it would allocate arrays of that length at once.
  const waits = new LRUCache<string, number>({ maxSize: mostWaits, sizeCalculation: () => 1 });
  return {
    secondsOf(subject, now) {
      const until = waits.get(subject);
      if (until === undefined) return 0;
      const left = Math.ceil((until - now.getTime()) / 1000);
      if (left <= 0) waits.delete(subject);
      return Math.max(0, left);
    },
    set(subject, until) {
      waits.set(subject, until.getTime());
    },
  };
}

const unlimited: Limits = {
  admitAddress: () => true,
  admitClient: () => true,
  noteWrongSecret: () => Promise.resolve(false),
  beginUserCode: () => Promise.resolve({ wrong: () => undefined, right: () => Promise.resolve() }),
};

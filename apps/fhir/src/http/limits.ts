/**
 * Limits the requests that this node answers: by address, before anything else, and by the client of the token. They are counted in memory,
 * so that a read needs no further statement; each of several nodes has its own count.
 */
import {
  networkOf,
  rateLimit,
  rateLimitPolicy,
  createQuota,
  type Quota,
  type QuotaOptions,
  type Taken,
} from '@dhp/rate-limit';
import type { HttpReply, HttpRequest } from '../contract/http.ts';
import { failure, type Failure } from './errors.ts';

/** Requests a minute, which may also come at once; 0 for as many as there are. */
export interface RateLimits {
  perClient: number;
  perAddress: number;
  /** Makes each quota; default: one that this process keeps alone. */
  createQuota?: (options: QuotaOptions) => Quota;
}

export interface Limits {
  /** Counts the request and sends the caller the remaining number. @returns the failure if the limit is exceeded */
  readonly admitAddress: (request: HttpRequest, reply: HttpReply) => Failure | undefined;
  readonly admitClient: (clientId: string, request: HttpRequest, reply: HttpReply) => Failure | undefined;
}

/** Is called for the first refusal of a series. */
export type Report = (refusal: { quota: string; clientId?: string; address: string }) => void;

const seconds = 60;

/** Undefined rates: nothing is limited. */
export function openLimits(rates: RateLimits | undefined, report: Report): Limits {
  const clients = quotaOf('client', rates?.perClient, rates?.createQuota);
  const addresses = quotaOf('address', rates?.perAddress, rates?.createQuota);
  const policies = { client: clients && rateLimitPolicy(clients), address: addresses && rateLimitPolicy(addresses) };

  return {
    admitAddress(request, reply) {
      if (addresses === undefined) return undefined;
      const taken = addresses.take(networkOf(request.ip), performance.now());
      reply.header('ratelimit-policy', policies.address!);
      reply.header('ratelimit', rateLimit(taken));
      if (taken.isFirstRefusal) report({ quota: 'address', address: request.ip });
      return refusalOf(taken, 'this address');
    },
    admitClient(clientId, request, reply) {
      if (clients === undefined) return undefined;
      const taken = clients.take(clientId, performance.now());
      const before = reply.getHeader('ratelimit');
      const policy =
        before === undefined ? policies.client! : `${String(policies.client)}, ${String(policies.address)}`;
      reply.header('ratelimit-policy', policy);
      reply.header('ratelimit', before === undefined ? rateLimit(taken) : `${rateLimit(taken)}, ${String(before)}`);
      if (taken.isFirstRefusal) report({ quota: 'client', clientId, address: request.ip });
      return refusalOf(taken, 'this client');
    },
  };
}

function quotaOf(name: string, requests = 0, create = createQuota): Quota | undefined {
  return requests === 0 ? undefined : create({ name, requests, seconds });
}

function refusalOf({ isGranted, retryAfter, quota }: Taken, whose: string): Failure | undefined {
  if (isGranted) return undefined;
  const diagnostics = `One node answers ${quota.requests} requests of ${whose} in ${quota.seconds} seconds. Come again in ${retryAfter}.`;
  return failure(
    'too-many-requests',
    { seconds: retryAfter },
    { diagnostics, headers: { 'retry-after': String(retryAfter) } },
  );
}

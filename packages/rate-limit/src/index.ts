/** @dhp/rate-limit: limits on the number of requests, and their header fields (draft-ietf-httpapi-ratelimit-headers). */
export { createFairGate, type FairGate, type FairGateOptions } from './fair-gate.ts';
export { createQuota, networkOf, type Quota, type QuotaOptions, type Taken } from './quota.ts';
export {
  createPools,
  createSharedQuota,
  type Lent,
  type Loan,
  type Pools,
  type SharedQuotaOptions,
} from './shared-quota.ts';
export { addTaken, rateLimit, rateLimitPolicy, type HeaderFields } from './header-fields.ts';

/**
 * All acts of the administration API in one table: its routes, its OpenAPI description and the scope of each act are made from it. Every
 * act that changes something needs a reason and is audited with the person who did it.
 */
import type { Act } from './act.ts';
import { accessActs } from './access-acts.ts';
import { auditActs } from './audit-acts.ts';
import { clientActs } from './client-acts.ts';
import { holdActs } from './hold-acts.ts';
import { identityActs } from './identity-acts.ts';
import { identitySourceActs } from './identity-source-acts.ts';
import { jobActs } from './job-acts.ts';
import { keyActs } from './key-acts.ts';
import { policyActs } from './policy-acts.ts';
import { registrationTokenActs } from './registration-token-acts.ts';
import { subscriptionActs } from './subscription-acts.ts';
import { sessionActs, userActs } from './user-acts.ts';

export const acts: readonly Act[] = [
  ...clientActs,
  ...registrationTokenActs,
  ...userActs,
  ...identityActs,
  ...identitySourceActs,
  ...sessionActs,
  ...keyActs,
  ...policyActs,
  ...accessActs,
  ...holdActs,
  ...jobActs,
  ...subscriptionActs,
  ...auditActs,
];

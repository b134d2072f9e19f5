/** Rights on what is stored under an endpoint of its own, and is in the record of no patient. docs/decisions/0161-stored-view-definitions.md */
import { explain } from '@dhp/access-policies';
import { policyCallerOf } from '../../access/policy-rules.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import type { Permission } from '../../contract/permission.ts';
import { refusedByPolicies, requireWhole } from '../../http/access.ts';

export const viewType = 'ViewDefinition';

/** Fails with `scope-insufficient` unless the scopes permit it for all ViewDefinitions, and with `policy-refuses` unless the access policies do. */
export function requireViews(services: Services, call: Call, permission: Permission, interaction: string): void {
  requireWhole(call.access!, permission, viewType, interaction);
  requireUnlimited(services, call, { permission, type: viewType, interaction });
}

/**
 * Fails with `policy-refuses` unless the access policies leave the whole type, and all its elements: where an answer is made of many resources, or there is no
 * resource that they could ask about.
 */
export function requireUnlimited(
  services: Services,
  { access }: Call,
  {
    permission,
    type,
    interaction,
  }: { readonly permission: Permission; readonly type: string; readonly interaction: string },
): void {
  const inForce = services.policies.current();
  if (inForce === undefined) return;
  // A stated purpose only takes away.
  const isWhole = [access!, { ...access!, purpose: undefined }].every(
    (each) => explain(inForce.set, policyCallerOf(each, inForce.set), permission, type).decision === 'all',
  );
  if (!isWhole || services.partly?.hidesIn(type) === true) throw refusedByPolicies(type, interaction);
}

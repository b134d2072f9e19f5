/** Permissions for resources at a separate endpoint that belong to no patient's record. docs/decisions/0161-stored-view-definitions.md */
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
 * Fails with `policy-refuses` unless the access policies permit the whole type with all its elements: for answers made of many resources,
 * or if there is no resource to check.
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
  // A stated purpose only removes rights.
  const isWhole = [access!, { ...access!, purpose: undefined }].every(
    (each) => explain(inForce.set, policyCallerOf(each, inForce.set), permission, type).decision === 'all',
  );
  if (!isWhole || services.partly?.hidesIn(type) === true) throw refusedByPolicies(type, interaction);
}

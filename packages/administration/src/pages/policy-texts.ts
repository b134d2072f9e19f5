/** Texts of the operators' pages of policies. */

export const policyActs = ['add', 'set', 'remove'] as const;
export type PolicyAct = (typeof policyActs)[number];

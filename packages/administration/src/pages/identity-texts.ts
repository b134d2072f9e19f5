/** Texts of the operators' pages of identity questions. */

export const identityActs = [
  'confirmLink',
  'rejectLink',
  'confirmRecord',
  'rejectRecord',
  'decideRecord',
  'decideNone',
] as const;
export type IdentityAct = (typeof identityActs)[number];

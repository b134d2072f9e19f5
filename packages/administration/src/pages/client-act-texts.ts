/** Texts of the operators' acts on clients. */

export const clientActs = [
  'approve',
  'enable',
  'change',
  'rotate-secret',
  'drop-old-secret',
  'sign-out',
  'disable',
] as const;
export type ClientAct = (typeof clientActs)[number];

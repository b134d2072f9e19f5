/** Texts of the operators' pages about the ties of a person: roles, records, identity systems. */

export const bondActs = ['change', 'give-role', 'take-role', 'unlink'] as const;
export type BondAct = (typeof bondActs)[number];

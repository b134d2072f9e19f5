/** Texts of the operators' pages of signing keys. */

export const keyActs = ['rotate', 'replace', 'retire'] as const;
export type KeyAct = (typeof keyActs)[number];

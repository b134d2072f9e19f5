/** Texts of the page of an organisation for its administrators. */

export const staffActs = ['give', 'take', 'paper-code'] as const;
export type StaffAct = (typeof staffActs)[number];

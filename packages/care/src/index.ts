/** @dhp/care: the care relations in records. Pure functions: others store rows and make statements. */
export { isCareType, linksOf, type CareLink, type CareMeans } from './links.ts';
export { isMembership, linkKinds, usualWindows, windowedTypes, windowsOf } from './windows.ts';
export type { CareWindow, CareWindows } from './windows.ts';
export { membershipsOf, type Memberships } from './membership.ts';
export { heldAfter, type HeldLink } from './held.ts';
export { decide, type CareAsked } from './decide.ts';

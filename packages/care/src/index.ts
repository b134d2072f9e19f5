/** @dhp/care: who cares for a patient, by what is recorded. Pure: rows are made, and put into statements, by others. */
export { isCareType, linksOf, type CareLink, type CareMeans } from './links.ts';
export { linkKinds, usualWindows, windowedTypes, windowsOf, type CareWindow, type CareWindows } from './windows.ts';
export { heldAfter, type HeldLink } from './held.ts';
export { decide, type CareAsked } from './decide.ts';

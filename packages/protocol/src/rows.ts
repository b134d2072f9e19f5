/** @dhp/protocol/rows: rows of consents, launches and the basis of grants, one function a statement. */
export { addingConsent, selectDeclined } from './store/consents.ts';
export { deleteExpiredGrantBases } from './store/grant-basis.ts';
export { deleteExpiredLaunches } from './store/launches.ts';

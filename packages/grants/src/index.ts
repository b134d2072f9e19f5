/** @dhp/grants: sessions of people, their grants, and ending them. */
export { selectSessionGroups } from './session-groups.ts';
export {
  type ActivityRow,
  deleteOldSessionDetails,
  endAllOfClient,
  endEverything,
  endOldestSessions,
  endSession,
  extendSession,
  type FoundSessionRow,
  keepingSession,
  revokeGrantsOfSession,
  selectActivity,
  selectSessionOwner,
  selectSessionPage,
  selectSessions,
  type SessionFilter,
  type SessionRow,
  signOutOf,
} from './sessions.ts';
export {
  deleteExpiredSignInSteps,
  deletingSignInStep,
  endSignIns,
  selectSignInStep,
  type SignInStep,
  upsertSignInStep,
} from './sign-in-steps.ts';

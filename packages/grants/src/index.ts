/** @dhp/grants: sessions of people, what they are for, and what ends them. */
export { selectSessionGroups } from './session-groups.ts';
export {
  type ActivityRow,
  deleteOldSessionDetails,
  endAllOfClient,
  endEverything,
  endSession,
  extendSession,
  type FoundSessionRow,
  revokeGrantsOfSession,
  selectActivity,
  selectSessionOwner,
  selectSessionPage,
  selectSessions,
  type SessionFilter,
  type SessionRow,
  signOutOf,
  upsertingSession,
} from './sessions.ts';
export {
  deleteExpiredSignInSteps,
  deleteSignInSteps,
  deletingSignInStep,
  type SignInStep,
  upsertSignInStep,
} from './sign-in-steps.ts';

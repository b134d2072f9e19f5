/** @dhp/grants: sessions of people, what they are for, and what ends them. */
export { selectSessionGroups } from './session-groups.ts';
export {
  type ActivityRow,
  type ApplicationRow,
  deleteOldSessionDetails,
  endAllOfClient,
  endEverything,
  endSession,
  extendSession,
  type FoundSessionRow,
  revokeApplication,
  revokeGrantsOfSession,
  selectActivity,
  selectApplications,
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

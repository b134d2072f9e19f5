/** @dhp/applications: applications that their developers register themselves, through the portal. */
export { defaultLimits, type CredentialEnds, type DeveloperLimits } from './api/act.ts';
export { deleteExpiredInvitations, selectDevelopersOf } from './store/members.ts';
export { selectAskedForProduction, type AskedForProduction } from './store/production-requests.ts';
export { openOwners, type Owners } from './owners.ts';
export { remindOfEnds, type ReminderOptions } from './reminders/remind.ts';
export { deleteOldReminders } from './store/reminders.ts';
export { logRequests, type NoteRequest, requestNotes } from './log/log-requests.ts';
export { addDeveloperApi, type DeveloperApiOptions } from './api/developer-api.ts';

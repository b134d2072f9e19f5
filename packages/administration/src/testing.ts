/** For the tests of others, beside the doors of the package. */
export { acts } from './acts/acts.ts';
export { documented } from './acts/duties-doc.ts';
export { duties, type Duty, type Guard, guards, officersToo } from './acts/duties.ts';
export type { Schema } from './acts/schemas.ts';
export { openSignInHours } from './operate/sign-in-hours.ts';
export { groupNames, kindsOfGroup } from './pages/event-groups.ts';
export { eventKinds } from './pages/event-texts.ts';
export { openStaff } from './acts/staff.ts';

import type { Section } from './row.ts';
import { platformDocument } from './sections/a-platform-document.ts';
import { core } from './sections/b-core.ts';
import { bearerTokens } from './sections/c-bearer.ts';
import { proofKey } from './sections/d-pkce.ts';
import { revocation } from './sections/e-revocation.ts';
import { introspection } from './sections/f-introspection.ts';
import { discovery } from './sections/g-metadata.ts';
import { resources } from './sections/h-resource.ts';
import { accessTokens } from './sections/i-access-token.ts';
import { issuerIdentification } from './sections/k-issuer.ts';
import { pushedRequests } from './sections/j-par.ts';
import { possession } from './sections/l-dpop.ts';
import { devices } from './sections/q-devices.ts';
import { registration } from './sections/q-registration.ts';
import { assertions } from './sections/m-assertions.ts';
import { bestPractice } from './sections/n-best-practice.ts';
import { logout } from './sections/o-logout.ts';
import { openid } from './sections/o-openid.ts';
import { launchContexts } from './sections/p-launch.ts';
import { sessions } from './sections/r-sessions.ts';
import { signingIn } from './sections/r-sign-in.ts';
import { smartAppLaunch } from './sections/p-smart.ts';

/** In the order of the report. */
export const sections: readonly Section[] = [
  platformDocument,
  core,
  bearerTokens,
  proofKey,
  revocation,
  introspection,
  discovery,
  resources,
  accessTokens,
  pushedRequests,
  issuerIdentification,
  possession,
  assertions,
  bestPractice,
  openid,
  logout,
  smartAppLaunch,
  launchContexts,
  registration,
  devices,
  signingIn,
  sessions,
];

/** Rows of the list that nothing runs yet: of what the platform does not do so far. */
export const notYetRun: readonly string[] = [];

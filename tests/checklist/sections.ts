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
import { assertions } from './sections/m-assertions.ts';
import { bestPractice } from './sections/n-best-practice.ts';
import { openid } from './sections/o-openid.ts';
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
  issuerIdentification,
  assertions,
  bestPractice,
  openid,
  smartAppLaunch,
];

/** Rows of the list that nothing runs yet: of what the platform does not do so far. */
export const notYetRun: readonly string[] = [
  ...['BCP-19', 'BCP-21', 'DCR-01', 'DCR-02', 'DCR-03', 'DCR-04', 'DEV-01', 'DEV-02', 'DEV-03', 'DEV-04', 'DEV-05'],
  ...['DPOP-01', 'DPOP-02', 'DPOP-03', 'DPOP-04', 'DPOP-05', 'DPOP-06', 'DPOP-07', 'DPOP-08', 'DPOP-09', 'DPOP-10'],
  ...['DPOP-11', 'OIDC-16', 'OIDC-17', 'OIDC-18', 'OIDC-19', 'OIDC-20', 'PAR-01', 'PAR-02', 'PAR-03'],
  ...['PAR-04', 'PAR-05', 'PAR-06', 'PAR-07', 'PAR-08', 'PAR-09', 'PAR-10'],
  ...['SM-03', 'SM-04', 'SM-06', 'SM-12'],
];

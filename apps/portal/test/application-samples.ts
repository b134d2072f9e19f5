/** Fictitious pages of applications and organisations, as the routes make them. */
import { changePage, secretPage, secretQuestionPage } from '../src/applications/change-pages.ts';
import { invitationPage, joinPage, membersPage } from '../src/applications/members-pages.ts';
import { applicationPage, listPage, revokePage } from '../src/applications/pages.ts';
import { productionPage } from '../src/applications/production-page.ts';
import type { Application, Kind, ListedApplication, Members } from '../src/applications/shapes.ts';
import { detailsPage, kindsPage, madePage } from '../src/applications/wizard.ts';
import type { PortalOptions } from '../src/options.ts';
import type { Page } from '../src/page/layout.ts';

const urls = {
  ...{ sso: 'https://sso.example.uz', playground: 'https://playground.example.uz/fhir' },
  ...{ production: 'https://fhir.example.uz', portal: 'https://portal.example.uz' },
};
export const options: PortalOptions = { urls, probe: [], defaultLanguage: 'uz' };

/** A laboratory that writes results and whose secret expires soon. */
export const laboratory: Application = {
  ...{ client_id: '6f1c0d5e-2b7a-4c1f-8e3d-9a0b1c2d3e4f', client_name: 'Laboratoriya tizimi' },
  ...{ kind: 'backend', environment: 'playground', state: 'works', task: 'laboratory', role: 'owner' },
  organization: { id: '1', name: 'Markaziy laboratoriya' },
  scope: 'system/Patient.rs system/ServiceRequest.rs system/Specimen.crus system/Observation.crus',
  ...{ redirect_uris: [], initiate_login_uri: null, public: false, has_keys: false, live_secrets: 1 },
  ends: [{ credential: 'secret', ends_at: '2026-12-20T09:00:00Z', state: 'ends-soon' }],
  ...{ created_at: '2025-12-20T09:00:00Z', revoked_at: null },
};
const cabinet: Application = {
  ...laboratory,
  ...{ client_id: '0d9e8f7a-6b5c-4d3e-a1f0-112233445566', client_name: 'Bemor kabineti' },
  ...{ kind: 'single-page', task: 'own-record', public: true, live_secrets: 0, ends: [] },
  scope: 'openid launch/patient patient/*.rs',
  redirect_uris: ['https://kabinet.example.uz/callback'],
};
const secret = 'Zr8vK2mQx4TnB7yLw1DcJ5hGf0sAe9Pu';

const listed: readonly ListedApplication[] = [
  { ...laboratory, ends: 'ends-soon' },
  { ...cabinet, ends: null },
  {
    ...cabinet,
    client_id: 'a1b2c3d4-1111-4222-8333-444455556666',
    environment: 'production',
    state: 'awaits-approval',
    ends: null,
  },
];
const organizations = [{ id: '1', name: 'Markaziy laboratoriya', role: 'owner', applications: listed }];
const limits = {
  ...{ organizations: { made: 1, most: 3 }, applications: { working: 3, most: 10 } },
  applications_of_organization: 20,
};
const members: Members = {
  ...{ id: '1', name: 'Markaziy laboratoriya', role: 'owner', invitations: 1 },
  members: [
    { id: '1', name: 'Nilufar Karimova', role: 'owner', is_self: true },
    { id: '2', name: 'Sardor Yoʻldoshev', role: 'developer', is_self: false },
  ],
};
const kinds: readonly Kind[] = ['backend', 'web', 'single-page', 'telephone', 'device'].map((kind) => ({
  ...{ kind, has_redirects: !['backend', 'device'].includes(kind), public: !['backend', 'web'].includes(kind) },
  tasks: [
    { task: 'own-record', scope: cabinet.scope },
    { task: 'sign-in', scope: 'openid profile' },
  ],
}));
const typed = {
  ...{ organization: '1', name: 'Bemor kabineti', task: 'own-record', jwks: '', jwksUri: '', launchAddress: '' },
  redirects: 'http://kabinet.example.uz/callback',
};
const refusal = { reason: 'invalid-redirect-uri', message: 'redirect_uris must be https' };
const untyped = { profiles: '', tests: '', contacts: '', redirects: '' };
const asked = {
  is_served: true,
  requests: [
    {
      ...{ client_id: 'c0ffee00-2222-4333-8444-555566667777', state: 'refused', asked_at: '2026-11-12T09:00:00Z' },
      reason: 'Which laboratory devices send results?',
    },
    {
      client_id: 'a1b2c3d4-1111-4222-8333-444455556666',
      state: 'awaits-approval',
      asked_at: '2026-11-26T09:00:00Z',
      reason: null,
    },
  ],
};

/** HTML by the name of the picture. */
export const applicationPages: Readonly<Record<string, (page: Page) => string>> = {
  'applications-none': (page) => listPage(page, { name: '', organizations: [], limits }),
  applications: (page) => listPage(page, { name: '', organizations, limits }),
  'application-kinds': (page) => kindsPage(page, kinds, '1'),
  'application-details': (page) => detailsPage(page, kinds[2]!, { organizations, typed, refusal }),
  'application-made': (page) => madePage(page, { ...laboratory, client_secret: secret }, options),
  application: (page) => applicationPage(page, laboratory, { rates: { fhir: 60_000, sso: 3_000 } }),
  'application-change': (page) =>
    changePage(page, { ...cabinet, environment: 'production' }, { ...typed, redirects: cabinet.redirect_uris[0]! }),
  'application-second-secret': (page) => secretQuestionPage(page, laboratory),
  'application-secret-shown': (page) => secretPage(page, { ...laboratory, client_secret: secret }),
  'application-production': (page) =>
    productionPage(page, { application: laboratory, production: { is_served: true, requests: [] }, typed: untyped }),
  'application-production-asked': (page) =>
    productionPage(page, { application: laboratory, production: asked, typed: untyped }),
  'application-revoke': (page) => revokePage(page, laboratory),
  members: (page) => membersPage(page, members),
  invitation: (page) => invitationPage(page, members, `${urls.portal}/applications/join/k7Qm2Xb9`),
  join: (page) => joinPage(page, { organization: members.name, role: 'developer' }, 'k7Qm2Xb9'),
};

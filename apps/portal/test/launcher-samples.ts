/** Pages of the launcher for a fictitious application, as its routes make them. */
import type { Application } from '../src/applications/shapes.ts';
import type { Plan } from '../src/launcher/course.ts';
import { linkPage, outcomePage } from '../src/launcher/outcome-page.ts';
import { launchablePage, launcherPage } from '../src/launcher/page.ts';
import type { TestPerson } from '../src/launcher/shapes.ts';
import { hidden, jsonLines, requestLines, type LaunchStep } from '../src/launcher/steps.ts';
import type { Page } from '../src/page/layout.ts';

const application: Application = {
  ...{ client_id: '3f0c8a52-7d1e-4c44-9a3b-1f2e6d5c4b3a', client_name: 'Growth chart' },
  ...{ kind: 'web', environment: 'playground', state: 'works', task: 'health-worker', role: 'owner' },
  organization: { id: '1', name: 'Clinic 7' },
  scope: 'openid fhirUser launch launch/patient patient/*.rs',
  redirect_uris: ['https://growth.example.uz/cb', 'https://growth.example.uz/test/cb'],
  initiate_login_uri: 'https://growth.example.uz/launch',
  ...{ public: false, has_keys: false, live_secrets: 1, ends: [] },
  ...{ created_at: '2026-11-29T09:00:00Z', revoked_at: null },
};

const [patient, doctor] = ['11111111-1111-8111-8111-111111111111', '22222222-2222-8222-8222-222222222222'];
const people: readonly [TestPerson, TestPerson] = [
  { as: '1', name: 'Dilnoza Yoʻldosheva', is: 'health-worker', id: doctor, encounter: null },
  { as: '2', name: 'Aziza Karimova', is: 'patient', id: patient, encounter: '33333333-3333-8333-8333-333333333333' },
];

const [sso, fhir] = ['https://sso.example.uz', 'https://playground.example.uz/fhir'];
const plan: Plan = {
  ...{ application, kind: 'ehr', person: people[0], patient: people[1], hasEncounter: true, secret: '' },
  redirectUri: application.redirect_uris[0]!,
};

const launch = 'uZ3kq8w1mB0Yc5tJ';
const context = { patient, encounter: people[1].encounter!, practitioner: doctor };
const form = { grant_type: 'authorization_code', code: 'k2Jd9f…', redirect_uri: plan.redirectUri };

const begun: readonly LaunchStep[] = [
  {
    name: 'context',
    request: requestLines(`POST ${sso}/oauth/launch`, { application: application.client_id, ...context }, 'form'),
    answer: ['201', ...jsonLines({ launch, expires_in: 300 })],
  },
  { name: 'open', request: requestLines('GET https://growth.example.uz/launch', { iss: fhir, launch }, 'query') },
  {
    name: 'discovery',
    request: [`GET ${fhir}/.well-known/smart-configuration`],
    answer: [
      '200',
      ...jsonLines({
        ...{ issuer: sso, authorization_endpoint: `${sso}/oauth/authorize`, token_endpoint: `${sso}/oauth/token` },
        capabilities: ['launch-ehr', 'launch-standalone', 'context-ehr-patient', 'permission-v2'],
      }),
    ],
    checks: [{ name: 'endpoints', isGood: true }],
  },
  {
    name: 'request',
    request: requestLines(
      `GET ${sso}/oauth/authorize`,
      {
        ...{ response_type: 'code', client_id: application.client_id, redirect_uri: plan.redirectUri },
        ...{ scope: 'openid fhirUser launch patient/*.rs', state: 'Vn6b2Lw8sYx4', aud: fhir, launch },
        code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
        code_challenge_method: 'S256',
      },
      'query',
    ),
  },
  {
    name: 'sign-in',
    request: ['303 GET /oauth/authorize?…', '200 GET /sign-in/…', '303 GET /test-oneid?…', '303 POST /sign-in/…'],
  },
  {
    name: 'redirect',
    request: requestLines(`GET ${plan.redirectUri}`, { code: 'k2Jd9f…', state: 'Vn6b2Lw8sYx4', iss: sso }, 'query'),
    checks: [
      { name: 'state', isGood: true },
      { name: 'iss', isGood: true },
    ],
  },
  {
    name: 'exchange',
    request: [`POST ${sso}/oauth/token`, `Authorization: Basic ${hidden}`, ...requestLines('', form, 'form').slice(1)],
  },
];

const answered: LaunchStep = {
  name: 'answer',
  request: [
    '200',
    ...jsonLines({ access_token: '', token_type: 'Bearer', expires_in: 3600, patient, id_token: '' }),
    ...['', 'id_token:', ...jsonLines({ iss: sso, aud: application.client_id, fhirUser: `${fhir}/Practitioner/…` })],
  ],
  checks: [
    { name: 'signature', isGood: true },
    { name: 'nonce', isGood: true },
  ],
};
const refused: LaunchStep = { name: 'answer', request: ['401', ...jsonLines({ error: 'invalid_client' })] };
const held = {
  ...{ sealed: 'sealed', application: application.client_name, scope: 'patient/*.rs', until: 0 },
  ...{ patient, token: 'token' },
};

const launcher = { application, people, isForHealthWorkers: true };
const choices = [
  { id: application.client_id, name: 'Growth chart (Clinic 7)' },
  { id: '2', name: 'Cabinet of a patient (Clinic 7)' },
];

/** HTML by the name of the picture. */
export const launcherPages: Readonly<Record<string, (page: Page) => string>> = {
  'launcher-list': (page) => launchablePage(page, choices),
  'launcher-none': (page) => launchablePage(page, []),
  launcher: (page) => launcherPage(page, launcher),
  'launcher-link': (page) =>
    linkPage(page, plan, {
      ...{ launch, expires_in: 300, iss: fhir },
      launch_url: `https://growth.example.uz/launch?iss=${encodeURIComponent(fhir)}&launch=${launch}`,
    }),
  'launcher-outcome': (page) => outcomePage(page, plan, { steps: [...begun, answered], held }),
  'launcher-refused': (page) =>
    outcomePage(page, plan, {
      steps: [
        ...begun.slice(0, 5),
        { ...begun[5]!, checks: [{ name: 'state', isGood: false }] },
        ...begun.slice(6),
        refused,
      ],
      failure: { because: 'error', error: 'invalid_client' },
    }),
};

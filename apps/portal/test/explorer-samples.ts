/** Pages of the explorer and of an application's requests, for fictitious calls, as the routes make them. */
import type { OutcomeIssue } from '../src/explorer/outcome.ts';
import { explorerPage } from '../src/explorer/page.ts';
import type { Shown } from '../src/explorer/shown.ts';
import { templatesFor, textOfTemplate } from '../src/explorer/templates.ts';
import { tokenPage } from '../src/explorer/token-page.ts';
import type { Typed } from '../src/explorer/typed.ts';
import type { Page } from '../src/page/layout.ts';
import { askedIn } from '../src/requests/asked.ts';
import { requestsPage, type Shown as ShownRequests } from '../src/requests/page.ts';
import type { Bucket, LoggedRequest } from '../src/requests/shapes.ts';
import { laboratory, options } from './application-samples.ts';

const now = Date.UTC(2026, 10, 29, 9);
const hour = 3_600_000;

const buckets: readonly Bucket[] = Array.from({ length: 24 }, (_, n) => ({
  ...{ from: now - (24 - n) * hour, fine: 40 + ((n * 17) % 60), refused: n % 5 === 0 ? 6 : 1 },
  ...{ failed: n === 13 ? 9 : 0, half: 4 + (n % 3), most: n === 13 ? 900 : 30 + n },
}));
const requests: readonly LoggedRequest[] = [
  {
    ...{ time: now - 4_000, method: 'POST', path: '/Observation', status: 201, milliseconds: 9.4, issues: [] },
    requestId: '5b8e3a3e-0c5f-4d55-8a0b-4a5f3f1b1c01',
  },
  {
    ...{ time: now - 61_000, method: 'POST', path: '/Observation', status: 422, milliseconds: 6.1 },
    requestId: '5b8e3a3e-0c5f-4d55-8a0b-4a5f3f1b1c02',
    issues: [
      {
        ...{ severity: 'error', code: 'code-invalid', error: 'resource-invalid', expression: 'Observation.status' },
        text: 'The code finished is not in the value set http://hl7.org/fhir/ValueSet/observation-status|5.0.0.',
      },
    ],
  },
  {
    ...{ time: now - 300_000, method: 'GET', path: '/Patient', query: 'name=Karimova', status: 200, issues: [] },
    ...{ milliseconds: 3.8, requestId: '5b8e3a3e-0c5f-4d55-8a0b-4a5f3f1b1c03' },
  },
];
const log: ShownRequests = {
  ...{ application: laboratory, asked: askedIn(() => ''), now },
  answer: { ...{ server: 'fhir', is_kept: true, requests, buckets, stretch: hour, dropped: 0 }, next: '7' },
};

const templates = templatesFor(undefined);
const result = templates.find(({ id }) => id === 'laboratory-result')!;
const call: Typed = {
  ...{ server: 'fhir', application: laboratory.client_id, method: 'GET', headers: '', body: '' },
  path: '/Observation?category=laboratory&_count=1',
};
const empty: Shown = {
  ...{
    typed: { ...call, path: '' },
    templates,
    people: [],
    ownRedirectUri: `${options.urls.portal}/explorer/signed-in`,
  },
  choices: [{ id: laboratory.client_id, name: 'Laboratoriya tizimi (Markaziy laboratoriya)' }],
  servers: {
    fhir: { internal: options.urls.playground, published: options.urls.playground },
    sso: { internal: options.urls.sso, published: options.urls.sso },
  },
};

const bundle = {
  ...{ resourceType: 'Bundle', type: 'searchset', total: 1 },
  link: [{ relation: 'self', url: `${options.urls.playground}${call.path}` }],
  entry: [{ fullUrl: `${options.urls.playground}/Observation/2`, resource: { ...result.resource, id: '2' } }],
};
const sent = {
  method: 'GET',
  url: `${options.urls.playground}${call.path}`,
  headers: {},
  body: undefined,
  hasToken: true,
};
const answered = {
  ...{ status: 200, milliseconds: 4.2, isCut: false, body: JSON.stringify(bundle) },
  headers: [
    ['content-type', 'application/fhir+json; charset=utf-8'],
    ['etag', 'W/"1"'],
  ] as const,
};

const written: Typed = {
  ...call,
  ...{ method: 'POST', path: '/Observation' },
  body: textOfTemplate(result).replace('"final"', '"finished"'),
};
const issues: readonly OutcomeIssue[] = [
  {
    ...{ severity: 'error', code: 'resource-invalid', expression: 'Observation.status', column: 13 },
    text: 'The code finished is not in the value set http://hl7.org/fhir/ValueSet/observation-status|5.0.0.',
    line: written.body.split('\n').findIndex((line) => line.includes('finished')) + 1,
  },
];

/** HTML by the name of the picture. */
export const explorerPages: Readonly<Record<string, (page: Page) => string>> = {
  requests: (page) => requestsPage(page, log),
  'requests-none': (page) => requestsPage(page, { ...log, answer: { server: 'fhir', is_kept: true } }),
  explorer: (page) => explorerPage(page, empty),
  'explorer-answer': (page) => explorerPage(page, { ...empty, typed: call, result: { answered, sent } }),
  'explorer-check': (page) =>
    explorerPage(page, { ...empty, typed: written, result: { checked: { issues, errors: 1, isFine: false } } }),
  token: (page) => tokenPage(page, { scope: laboratory.scope, method: 'POST', path: '/Observation' }),
};

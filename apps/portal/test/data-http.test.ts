/** The pages of views over HTTP, with a fake FHIR server and Single Sign-On: charts, previews, faults at their lines, and files. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import Fastify, { type FastifyInstance } from 'fastify';
import { nationalViews } from '@dhp/sql-on-fhir/library';
import { maskedKey } from '@dhp/web-kit';
import { portalPlugin } from '../src/index.ts';
import { sealed } from '../src/session/sealed.ts';
import { laboratory } from './application-samples.ts';
import { viewText } from './data-samples.ts';

const own = { ...laboratory, scope: 'system/*.rs' };
const formKey = randomBytes(32).toString('base64url');
const job = '5b0f7c1e-3a9d-4e62-8f1b-2c7d9e0a4b6f';
const servers: Server[] = [];
/** Calls that the FHIR server got, with the format of tables. */
const calls: string[] = [];
let portal: FastifyInstance;
let cookie = '';

/** Seven patients of one region, and three of another. */
const table = Array.from({ length: 10 }, (_, n) => ({
  ...{ patient: `p${String(n)}`, region: n < 7 ? '1733' : '1712', age_group: '30–44', sex: 'male' },
}));

async function served(
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => answer(request, response, body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

interface Parameters {
  readonly parameter: readonly { readonly name: string; readonly valueCode?: string; readonly resource?: unknown }[];
}

function fhir({ url, headers }: IncomingMessage, response: ServerResponse, body: string): void {
  assert.equal(headers.authorization, 'Bearer of-the-application');
  const { parameter } = JSON.parse(body) as Parameters;
  const format = parameter.find(({ name }) => name === '_format')?.valueCode ?? '';
  calls.push(`${url ?? ''} ${format}`);
  const view = JSON.stringify(parameter.find(({ name }) => name === 'viewResource')?.resource ?? {});
  if (url?.endsWith('$viewdefinition-export') === true)
    response.writeHead(202, { 'content-location': `https://playground.test/fhir/$job/${job}` }).end();
  else if (view.includes('"Immunization"'))
    refuse(response, 403, { text: 'Not permitted', code: 'scope-insufficient' });
  else if (view.includes('gender +'))
    refuse(response, 422, {
      text: 'The view is wrong',
      code: 'view-invalid',
      place: 'ViewDefinition.select[0].column[1].path',
    });
  else response.end(format === 'ndjson' ? table.map((row) => `${JSON.stringify(row)}\n`).join('') : 'a,b\r\n1,2\r\n');
}

function refuse(response: ServerResponse, status: number, o: { text: string; code: string; place?: string }): void {
  const issue = {
    ...{ severity: 'error', code: 'invalid', details: { text: o.text, coding: [{ code: o.code }] } },
    ...(o.place !== undefined && { diagnostics: `${o.place} ends too soon.`, expression: [o.place] }),
  };
  response.writeHead(status, { 'content-type': 'application/fhir+json' });
  response.end(JSON.stringify({ resourceType: 'OperationOutcome', issue: [issue] }));
}

before(async () => {
  const sso = await served(({ url = '' }, response) => {
    const isOwn = url.startsWith(`/developer/applications/${own.client_id}`);
    response.writeHead(isOwn ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(url.endsWith('/explorer-token') ? { access_token: 'of-the-application' } : own));
  });
  const playground = `${await served(fhir)}/fhir`;
  const key = randomBytes(32);
  const keys = { key, relayKey: randomBytes(32), clientId: 'portal', clientSecret: 'secret' };
  portal = Fastify();
  await portal.register(
    portalPlugin({
      ...{ urls: { sso, playground, portal: 'http://portal.test' }, probe: [], defaultLanguage: 'en' },
      signIn: { ...keys, ssoInternal: sso, fhirInternal: playground },
    }),
  );
  cookie = `dhp_portal=${await sealed(key, 'session', { token: 't', sub: 'x', name: 'Aziza', formKey }, 3_600)}`;
});
after(async () => {
  await portal.close();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

const place = (path: string, client = own.client_id): string => `/applications/${client}/views${path}`;
const show = (url: string) => portal.inject({ url, headers: { cookie } });

function send(path: string, fields: Readonly<Record<string, string>>) {
  const payload = new URLSearchParams({ csrf: maskedKey(formKey), ...fields }).toString();
  const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded' };
  return portal.inject({ method: 'POST', url: place(path), headers, payload });
}

describe('the pages of views', () => {
  test('have the library, and a page with a chart for each view', async () => {
    const library = await show(place(''));
    for (const { id } of nationalViews) assert.ok(library.body.includes(`/views/${id}"`), id);
    const { statusCode, body } = await show(place('/patients-by-region-and-age'));
    assert.equal(statusCode, 200);
    assert.match(body, /Khorezm<\/span>[^]*?<span class="number">7<[^]*Navoi<\/span>[^]*?<span class="number">&#60;5</);
    assert.doesNotMatch(body, /<script>|style="/);
    const csv = await show(place('/patients-by-region-and-age/chart.csv'));
    assert.equal(csv.body, 'region,count\r\n1733,7\r\n1712,<5\r\n');
    assert.equal(csv.headers['content-disposition'], 'attachment; filename="patients-by-region-and-age.csv"');
  });

  test('show the rows of a view that is written, or its faults at their lines', async () => {
    const good = await send('/own', { act: 'preview', definition: viewText('gender') });
    assert.deepEqual([good.statusCode, /<td>male<\/td>/.test(good.body)], [200, true]);
    const wrong = await send('/own', { act: 'preview', definition: viewText('gender +') });
    assert.equal(wrong.statusCode, 422);
    assert.match(wrong.body, /Line 12, column 11:<\/a> ViewDefinition\.select\[0\]\.column\[1\]\.path ends too soon\./);
    assert.match(wrong.body, /id="line-12"[^>]*class="marked"/);
    const none = await send('/own', { act: 'preview', definition: '{ "resource": <script>' });
    assert.equal(none.statusCode, 422);
    assert.match(none.body, /This is not JSON\.[^]*Line 1, column 15/);
    assert.doesNotMatch(none.body, /<script>/);
  });

  test('give all rows as a file, and begin an export', async () => {
    const text = JSON.stringify(nationalViews[0]!.definition);
    for (const format of ['csv', 'ndjson', 'parquet']) {
      const { headers } = await send('/patients-by-region-and-age', { act: format, definition: text });
      assert.equal(headers['content-disposition'], `attachment; filename="patients_by_region_and_age.${format}"`);
      assert.equal(calls.at(-1), `/fhir/$viewdefinition-run ${format}`);
    }
    const begun = await send('/patients-by-region-and-age', { act: 'export', definition: text });
    assert.equal(begun.headers.location, `http://portal.test/applications/${own.client_id}/exports/${job}`);
  });

  test('tell no number where the server refuses, and nothing of the applications of others', async () => {
    const refused = await show(place('/vaccinations-by-dose'));
    assert.equal(refused.statusCode, 403);
    assert.match(refused.body, /Not permitted[^]*What to do/);
    assert.doesNotMatch(refused.body, /class="(?:bars|columns|rows)"/);
    assert.equal((await show(place('/vaccinations-by-dose/chart.csv'))).statusCode, 404);
    for (const path of ['', '/own', '/patients-by-region-and-age'])
      assert.equal((await show(place(path, 'another'))).statusCode, 404, path);
    assert.equal((await show(place('/none'))).statusCode, 404);
    const strange = await portal.inject({
      ...{ method: 'POST', url: place('/own'), payload: 'act=csv&definition=%7B%7D' },
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
    });
    assert.equal(strange.statusCode, 303, 'a form of another site does nothing');
  });
});

/** A server and an operator with all rights of the administration API; every answer is checked against the API description. */
import assert from 'node:assert/strict';
import { checkAnswer, type Description } from './openapi.ts';
import { newClient, postForm, testBed, type Answer, type TestBed } from './support.ts';

/** Every scope of the administration. */
const all = [
  'admin/audit.read',
  'admin/clients.approve',
  ...[
    'clients',
    'users',
    'sessions',
    'keys',
    'policies',
    'access-policies',
    'broken-glass',
    'legal-holds',
    'jobs',
  ].flatMap((part) => [`admin/${part}.read`, `admin/${part}.write`]),
];

export const reason = 'as the ministry asked';

export interface AdminFixture {
  readonly bed: TestBed;
  readonly url: string;
  /** Every scope of the administration. */
  readonly all: readonly string[];
  readonly operator: Awaited<ReturnType<typeof newClient>>;
  /** A client that may approve other clients, and nothing else. */
  readonly approver: Awaited<ReturnType<typeof newClient>>;
  /** A token of the operator for all of them. */
  readonly full: string;
  readonly description: Description;
  /** The acts whose answers matched their description, such as `GET /admin/keys`. */
  readonly answered: ReadonlySet<string>;
  /** Returns a token of the operator. */
  readonly tokenFor: (scope: string) => Promise<string>;
  /** @param token `null` sends none; absent: `full` */
  readonly call: (method: string, path: string, body?: unknown, token?: string | null) => Promise<Answer>;
  /** Returns the actors and reasons of acts of a kind, in the order of the audit trail. */
  readonly audited: (event: string) => Promise<{ actor: string; reason: string }[]>;
}

export async function openAdminFixture(): Promise<AdminFixture> {
  const bed = await testBed();
  const { url } = await bed.start({ send: () => Promise.resolve() });
  const operator = await newClient(bed.clients, { scopes: [...all, 'system/*.cruds'] });

  async function tokenFor(scope: string): Promise<string> {
    const { status, body } = await postForm(`${url}/oauth/token`, { ...operator.form, scope });
    assert.equal(status, 200, JSON.stringify(body));
    return String(body['access_token']);
  }
  const full = await tokenFor(all.join(' '));
  const approver = await newClient(bed.clients, { scopes: ['admin/clients.approve'] });

  const description = (await (await fetch(`${url}/admin/openapi.json`)).json()) as Description;
  const answered = new Set<string>();

  async function call(method: string, path: string, body?: unknown, token: string | null = full): Promise<Answer> {
    const response = await fetch(`${url}/admin${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const found = checkAnswer(description, {
      method,
      path: `/admin${path.split('?', 1)[0]!}`,
      status: response.status,
      text,
      body,
    });
    if (found !== undefined) answered.add(found);
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    } as Answer;
  }

  async function audited(event: string): Promise<{ actor: string; reason: string }[]> {
    return bed.sql`select actor, reason from sso.audit_event where event = ${event} order by id`;
  }

  return { bed, url, all, operator, approver, full, description, answered, tokenFor, call, audited };
}

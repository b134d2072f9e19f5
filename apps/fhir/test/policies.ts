/** Access policies of a test server, put into force as an operator does. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { PolicySet } from '@dhp/access-policies';
import { activateEarlier, activateNew } from '@dhp/fhir-store/access-policies';
import { connect, type Sql } from '@dhp/postgres';
import type { TestServer } from './environment.ts';

const change = { by: 'test', reason: 'a test' };

/** Resolves when they act on every server: none may continue without them for more than a second. */
export async function activatePolicies(
  server: Pick<TestServer, 'ownerUrl'>,
  policies: PolicySet | string,
): Promise<number> {
  const text = typeof policies === 'string' ? policies : JSON.stringify(policies);
  return changed(server, (sql) => activateNew(sql, text, change));
}

/** The same for a version that is there, or of none. */
export async function activateVersion(
  server: Pick<TestServer, 'ownerUrl'>,
  version: number | 'before' | undefined,
): Promise<number | undefined> {
  return changed(server, (sql) => activateEarlier(sql, version, change));
}

async function changed<Result>(
  { ownerUrl }: Pick<TestServer, 'ownerUrl'>,
  work: (sql: Sql) => Promise<Result>,
): Promise<Result> {
  const sql = connect(ownerUrl, { max: 1, applicationName: 'dhp test policies' });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
    await pause(1_001);
  }
}

/** The same for policies with labels, which act when what is stored has its labels. Both servers of a comparison have the resource by which it is seen. */
export async function activateLabels(server: TestServer, policies: PolicySet): Promise<void> {
  const code = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'V' }] };
  const path = '/Basic/labels-in-force';
  const reply = await server.write('PUT', path, {
    ...{ resourceType: 'Basic', id: 'labels-in-force', code: { text: 'x' } },
    meta: { security: code.coding },
  });
  assert.ok(reply.status < 300 || reply.status === 404, reply.text);
  await activatePolicies(server, policies);
  const token = await server.sso.token({ scope: 'system/Basic.r', client_id: 'cleared-for-nothing' });
  const until = Date.now() + 600_000; // all that is stored gets its labels first
  while ((await server.request('GET', path, { token })).status !== 404) {
    assert.ok(Date.now() < until, 'labels are not in force');
    await pause(50);
  }
}

/** Access policies of a test server, put into force as an operator does. */
import { setTimeout as pause } from 'node:timers/promises';
import type { PolicySet } from '@dhp/access-policies';
import { activateEarlier, activateNew } from '@dhp/fhir-store/access-policies';
import { connect, type Sql } from '@dhp/postgres';
import type { TestServer } from './environment.ts';

const change = { by: 'test', reason: 'a test' };

/** Resolves when they act on every server: none may go on without them for more than a second. */
export async function activatePolicies(
  server: Pick<TestServer, 'ownerUrl'>,
  policies: PolicySet | string,
): Promise<number> {
  const text = typeof policies === 'string' ? policies : JSON.stringify(policies);
  return changed(server, (sql) => activateNew(sql, text, change));
}

/** The same of a version that is there, or of none. */
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

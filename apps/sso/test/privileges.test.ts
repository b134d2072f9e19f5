import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { it } from 'node:test';
import { differingPrivileges } from '@dhp/postgres/testing';
import { privileges } from '../src/privileges.ts';

/** The server and the packages that it may consist of; other packages have no statements on its schema. */
const packages = new URL('../../../packages/', import.meta.url);
const folders = [
  new URL('../src/', import.meta.url),
  ...readdirSync(packages).map((name) => new URL(`${name}/src/`, packages)),
];

it('the SSO has the privileges that its statements need, and no others', async () => {
  // `confirmLink` locks the row. `@dhp/request-log` receives the names of its tables.
  const log = { request_log: ['insert', 'delete'], request_log_day: ['insert', 'update kept', 'update dropped'] };
  const written = { unconfirmed_link: ['update linked_at'], ...log };
  assert.deepEqual(await differingPrivileges(folders, 'sso', privileges, written), []);
});

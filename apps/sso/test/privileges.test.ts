import assert from 'node:assert/strict';
import { it } from 'node:test';
import { differingPrivileges } from '@dhp/postgres/testing';
import { privileges } from '../src/privileges.ts';

it('the SSO has the privileges that its statements need, and no others', async () => {
  // `confirmLink` locks the row.
  const written = { unconfirmed_link: ['update linked_at'] };
  assert.deepEqual(await differingPrivileges(new URL('../src/', import.meta.url), 'sso', privileges, written), []);
});

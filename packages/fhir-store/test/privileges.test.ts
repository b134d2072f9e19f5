import assert from 'node:assert/strict';
import { it } from 'node:test';
import { differingPrivileges } from '@dhp/postgres/testing';
import { privileges } from '../src/privileges.ts';

it('a FHIR server has the privileges that its statements need, and no others', async () => {
  // `deleteUnnamed` is given its table.
  const written = { boundary: ['delete'], contained: ['delete'] };
  assert.deepEqual(await differingPrivileges(new URL('../src/', import.meta.url), 'fhir', privileges, written), []);
});

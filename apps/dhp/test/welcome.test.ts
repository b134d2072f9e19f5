import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoPatientId } from '@dhp/synthetic-population';
import { welcome } from '../src/welcome.ts';

const urls = { sso: 'http://sso.test', playground: 'http://fhir.test/fhir', portal: 'http://fhir.test' };
const demo = { clientId: 'demo', secret: 'dhps_x' };

test('the banner reads a Patient who is there, and else searches', () => {
  assert.match(welcome({ urls, hasDemoPatient: true, demo }, 1), new RegExp(`/fhir/Patient/${demoPatientId} -H`));
  const empty = welcome({ urls, hasDemoPatient: false, demo }, 1);
  assert.doesNotMatch(empty, new RegExp(demoPatientId));
  assert.match(empty, /curl -s http:\/\/fhir\.test\/fhir\/Patient -H "Authorization/);
});

test('the banner names no client where there is none, nor a production that is not served', () => {
  const plain = welcome({ urls, hasDemoPatient: true }, 1);
  assert.doesNotMatch(plain, /client_id|TOKEN|Production/);
  const both = { ...urls, production: 'http://prod.test' };
  assert.match(welcome({ urls: both, hasDemoPatient: true }, 1), /Production +http:\/\/prod\.test/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoPatientId } from '@dhp/synthetic-population';
import { welcome } from '../src/welcome.ts';

const urls = { sso: 'http://sso.test', playground: 'http://fhir.test/fhir', portal: 'http://fhir.test' };
const addresses = { urls, listeners: {}, ssoInternal: urls.sso, ports: {} };
const demo = { clientId: 'demo', secret: 'dhps_x' };

test('the banner reads a Patient who is there, and else searches', () => {
  assert.match(welcome({ addresses, hasDemoPatient: true }, demo, 1), new RegExp(`/fhir/Patient/${demoPatientId} -H`));
  const empty = welcome({ addresses, hasDemoPatient: false }, demo, 1);
  assert.doesNotMatch(empty, new RegExp(demoPatientId));
  assert.match(empty, /curl -s http:\/\/fhir\.test\/fhir\/Patient -H "Authorization/);
});

test('the banner names no client where there is none, nor a production that is not served', () => {
  const plain = welcome({ addresses, hasDemoPatient: true }, undefined, 1);
  assert.doesNotMatch(plain, /client_id|TOKEN|Production/);
  const both = { ...addresses, urls: { ...urls, production: 'http://prod.test' } };
  assert.match(welcome({ addresses: both, hasDemoPatient: true }, undefined, 1), /Production +http:\/\/prod\.test/);
});

/** Reports of `npm run proof -- non-interference` count requests by their kind. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Asked } from '../apps/fhir/test/interference/side.ts';
import { featuresOf, interactionOf } from './proof/interference/kinds.ts';

const get = (path: string, headers: Record<string, string> = {}): Asked => ({ method: 'GET', path, headers });

const kinds: readonly (readonly [string, Asked])[] = [
  ['read', get('/Patient/a')],
  ['read', get('/Patient/a?_elements=birthDate')],
  ['conditional read', get('/Patient/a', { 'if-none-match': 'W/"1"' })],
  ['vread', get('/Patient/a/_history/1')],
  ['history of a resource', get('/Patient/a/_history?_count=2')],
  ['history of a type', get('/Patient/_history')],
  ['history of all', get('/_history?_count=7')],
  ['search of a type', get('/Patient?name=x')],
  ['search of all types', get('/?_type=Patient')],
  ['search of a compartment', get('/Patient/a/*?_total=accurate')],
  ['search by a form', { method: 'POST', path: '/Patient/_search', form: 'name=x' }],
  ['$everything', get('/Patient/$everything?_count=5')],
  ['$meta-add', { method: 'POST', path: '/Patient/a/$meta-add', body: {} }],
  ['create', { method: 'POST', path: '/Patient', body: {} }],
  ['conditional create', { method: 'POST', path: '/Patient', body: {}, headers: { 'if-none-exist': 'name=x' } }],
  ['update', { method: 'PUT', path: '/Patient/a', body: {} }],
  ['update of a version', { method: 'PUT', path: '/Patient/a', body: {}, headers: { 'if-match': 'W/"1"' } }],
  ['conditional update', { method: 'PUT', path: '/Patient?name=x', body: {} }],
  ['patch', { method: 'PATCH', path: '/Patient/a', body: [] }],
  ['conditional patch', { method: 'PATCH', path: '/Patient?name=x', body: [] }],
  ['delete', { method: 'DELETE', path: '/Patient/a' }],
  ['delete that cascades', { method: 'DELETE', path: '/Patient/a?_cascade=delete' }],
  ['conditional delete', { method: 'DELETE', path: '/Patient?name=x' }],
  ['transaction', { method: 'POST', path: '/', body: { type: 'transaction' } }],
];

it('names the interaction of a request', () => {
  for (const [kind, asked] of kinds) assert.equal(interactionOf(asked), kind, asked.path);
});

it('names the parts of a search', () => {
  const query = '_has:Observation:patient:code=x1&patient.name=y&_filter=active eq true&_sort=-date&_summary=count';
  const found = ['a chain', '_has', '_filter', 'an order', 'a count alone'];
  assert.deepEqual(featuresOf(get(`/Patient?${query}`)), found);
  const form = new URLSearchParams(query).toString();
  assert.deepEqual(featuresOf({ method: 'POST', path: '/Patient/_search', form }), found);
  assert.deepEqual(featuresOf(get('/Patient?_has:Observation:patient:code=x1')), ['_has']);
  assert.deepEqual(featuresOf(get('/Patient/a')), []);
});

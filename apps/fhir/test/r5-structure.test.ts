import assert from 'node:assert/strict';
import { test } from 'node:test';
import { elementsOf, memberOf, typeOf } from '@dhp/fhir-model';
import { errorCatalogue, type ErrorCode } from '../src/index.ts';
import { Failure, failureResponse } from '../src/http/errors.ts';
import { notices, noticeOutcome, type NoticeCode } from '../src/http/notices.ts';
import { baseUrl, patient, startServer } from './environment.ts';

/** Returns departures of a resource made by the server from the R5 definitions: names, cardinalities, kinds of JSON values. */
function faults(type: string, value: unknown, path: string): string[] {
  if (type === 'Resource') {
    const own = (value as { resourceType?: string }).resourceType ?? 'nothing';
    return typeOf(own)?.kind === 'resource' ? faults(own, value, path) : [`${path} is a ${own}`];
  }
  if (typeOf(type)?.kind === 'primitive') return primitiveFaults(type, value, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no object`];
  const present = new Set<string>();
  const found = Object.entries(value).flatMap(([name, content]) => {
    const here = `${path}.${name}`;
    if (name === 'resourceType') return [];
    const member = memberOf(type, name);
    if (member === undefined) return [`${here} is not an element of ${type}`];
    present.add(member.element.name);
    if (member.element.max === 1) return faults(member.type, content, here);
    if (!Array.isArray(content) || content.length === 0) return [`${here} is no list with something in it`];
    return content.flatMap((item, index) => faults(member.type, item, `${here}[${index}]`));
  });
  const missing = [...(elementsOf(type)?.values() ?? [])]
    .filter(({ name, min }) => min > 0 && !present.has(name))
    .map(({ name }) => `${path}.${name} is missing`);
  return [...found, ...missing];
}

function primitiveFaults(type: string, value: unknown, path: string): string[] {
  const expected = {
    boolean: 'boolean',
    integer: 'number',
    unsignedInt: 'number',
    positiveInt: 'number',
    decimal: 'number',
  };
  const kind = (expected as Record<string, string>)[type] ?? 'string';
  return typeof value === kind && value !== '' ? [] : [`${path} is no ${type}`];
}

const faultsOf = (text: string): string[] => faults('Resource', JSON.parse(text), 'resource');

test('the check finds faults', () => {
  assert.deepEqual(faultsOf('{"resourceType":"OperationOutcome","issue":[{"severity":"error","cod":"x","code":5}]}'), [
    'resource.issue[0].cod is not an element of OperationOutcome.issue',
    'resource.issue[0].code is no code',
  ]);
  assert.deepEqual(faultsOf('{"resourceType":"OperationOutcome"}'), ['resource.issue is missing']);
});

test('every OperationOutcome is R5', () => {
  for (const code of Object.keys(errorCatalogue) as ErrorCode[]) {
    const { values, diagnostics } = errorCatalogue[code].example;
    const { body } = failureResponse(
      new Failure(code, values, { diagnostics, expression: 'Patient.id' }),
      'uz',
      baseUrl,
    );
    assert.deepEqual(faultsOf(body), [], code);
  }
  for (const code of Object.keys(notices) as NoticeCode[]) {
    assert.deepEqual(faultsOf(noticeOutcome(code, { type: 'Patient', id: '1', versionId: 1 }, 'uz')), [], code);
  }
});

test('the CapabilityStatement and the history Bundle are R5', async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  await server.write('PUT', '/Patient/1', patient({ id: '1' }));
  await server.request('DELETE', '/Patient/1');
  for (const path of ['/metadata', '/Patient/1/_history', '/Patient/1/_history?_count=0']) {
    assert.deepEqual(faultsOf((await server.request('GET', path)).text), [], path);
  }
});

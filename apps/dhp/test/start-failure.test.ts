import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StoreUnavailable } from '@dhp/fhir-store';
import { ConnectionError, PostgresError } from '@dhp/postgres/errors';
import { DatabaseError } from '../src/database-error.ts';
import { startFailure } from '../src/servers/start-failure.ts';

const missing = new PostgresError(
  new Map([
    ['C', '42P01'],
    ['M', 'no such table'],
    ['S', 'ERROR'],
  ]),
);
const refused = new ConnectionError('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:5432', 'none');

describe('a server that cannot start', () => {
  const reasons = ['connection', 'timeout', 'unknown', 'blocked', 'full', 'contended'] as const;

  test('is started again without end while the database is away, however the error is wrapped', () => {
    for (const reason of reasons) assert.ok(startFailure(new StoreUnavailable(reason, refused)).isTemporary, reason);
    const errors = [refused, new Error('The keys cannot be read', { cause: new Error('outer', { cause: refused }) })];
    const several = new AggregateError([
      new Error('a mistake'),
      new DatabaseError('It starts not', { cause: refused }),
    ]);
    for (const error of [...errors, several]) assert.ok(startFailure(error).isTemporary, error.message);
  });

  test('is given up in the end for a fault that stays', () => {
    const outdated = new StoreUnavailable('outdated', new Error('index of a newer program'));
    const endless = new Error('leads to itself');
    endless.cause = endless;
    for (const error of [outdated, new Error('a mistake'), missing, endless])
      assert.equal(startFailure(error).isTemporary, false, error.message);
  });

  test('says what is wrong with the database', () => {
    const { name, message } = startFailure(new StoreUnavailable('connection', refused));
    assert.deepEqual([name, message], ['StoreUnavailable', 'connect ECONNREFUSED 127.0.0.1:5432']);
  });

  test('says something of an error of any kind', () => {
    const failure = startFailure('broken');
    assert.deepEqual(failure, { kind: 'failed', name: 'Error', message: 'broken', isTemporary: false });
  });
});

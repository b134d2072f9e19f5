/** Errors of the connection are known as such however they are wrapped. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  areCommitsBlocked,
  causesOf,
  ConnectionError,
  isConnectionError,
  isNotConfirmed,
  isOutcomeUnknown,
  PostgresError,
} from '../src/driver/errors.ts';

const reported = (code: string, severity = 'ERROR'): PostgresError =>
  new PostgresError(new Map(Object.entries({ C: code, V: severity, M: `reported ${code}` })));

class Wrapped extends Error {
  readonly code = 'STORE_UNAVAILABLE';
}

/** As packages wrap errors: as a cause, added later, several at once, and one in the other. */
const wrappings: Readonly<Record<string, (error: Error) => unknown>> = {
  nothing: (error) => error,
  'a cause': (error) => new Error('outer', { cause: error }),
  'an error with a code of its own': (error) => new Wrapped('outer', { cause: error }),
  'a cause that is added': (error) => Object.assign(new Error('outer'), { cause: error }),
  'one of several errors': (error) => new AggregateError([new Error('other'), error]),
  'several layers': (error) =>
    new Wrapped('outer', { cause: new AggregateError([new Error('inner', { cause: error })]) }),
};

for (const [how, wrap] of Object.entries(wrappings))
  test(`errors of the connection in ${how}`, () => {
    const lost = new ConnectionError('CONNECTION_CLOSED', 'lost', 'none', new Error('read ECONNRESET'));
    for (const error of [lost, reported('57P01'), reported('08006'), reported('25006'), reported('28P01', 'FATAL')]) {
      assert.ok(isConnectionError(wrap(error)), error.message);
      assert.ok(causesOf(wrap(error)).includes(error));
      for (const is of [isOutcomeUnknown, areCommitsBlocked, isNotConfirmed]) assert.equal(is(wrap(error)), false);
    }
    for (const error of [new Error('a mistake'), reported('42P01'), reported('57014')])
      assert.equal(isConnectionError(wrap(error)), false, error.message);
    assert.ok(isOutcomeUnknown(wrap(new ConnectionError('HOST_SILENT', 'silent', 'unknown'))));
    assert.ok(areCommitsBlocked(wrap(new ConnectionError('COMMITS_BLOCKED', 'blocked', 'none'))));
    assert.ok(isNotConfirmed(wrap(new ConnectionError('NOT_REPLICATED', 'here alone', 'unknown'))));
  });

test('what leads to itself, or is no error, is no error of the connection', () => {
  const [one, other] = [new Error('one'), new Error('other')];
  one.cause = other;
  other.cause = one;
  for (const error of [one, undefined, null, 'lost', { code: 8 }]) assert.equal(isConnectionError(error), false);
  assert.deepEqual(causesOf(one), [one, other]);
  assert.ok(isConnectionError({ code: '57P03' }));
});

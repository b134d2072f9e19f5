import assert from 'node:assert/strict';
import { test } from 'node:test';
import Fastify, { LogController, type FastifyInstance } from 'fastify';
import { condensed, type CondensedLog } from '../src/condensed-log.ts';

type Line = Record<string, unknown> & { level: number; msg: string; suppressed?: number };

function logOf(fail: (n: number) => Error): { app: FastifyInstance; log: CondensedLog; lines: () => Line[] } {
  const written: string[] = [];
  const log = condensed({ write: (line) => written.push(line) });
  const logController = new LogController({ disableRequestLogging: true });
  const app = Fastify({ logger: { level: 'info', stream: log }, logController });
  let n = 0;
  app.get('/', (request) => {
    n += 1;
    request.log.error({ incident: crypto.randomUUID(), requestId: `r${n}`, err: fail(n) }, 'incident');
    return '';
  });
  return { app, log, lines: () => written.map((line) => JSON.parse(line) as Line) };
}

test('of 500 requests that fail alike the log has two lines, which count them', async (t) => {
  const { app, log, lines } = logOf((n) => new Error(`connect ECONNREFUSED 127.0.0.1:${40_000 + n}`));
  t.after(() => app.close());
  for (let n = 0; n < 500; n += 1) await app.inject('/');
  log.flush();
  const [first, last] = lines();
  assert.equal(first?.['requestId'], 'r1');
  const counted = lines().reduce((sum, { suppressed = 0 }) => sum + 1 + suppressed, 0);
  assert.equal(counted, 500);
  assert.match(JSON.stringify(last), /ECONNREFUSED/);
  assert.ok(lines().length <= 8, `${lines().length} lines`); // Two for each second that a busy machine takes.
});

test('failures that differ in message, code or place are told apart', async (t) => {
  const errors = [
    (): Error => new Error('one'),
    (): Error => new TypeError('one'),
    (): Error => Object.assign(new Error('one'), { code: '57P01' }),
    (): Error => new Error('two'),
  ];
  const { app, log, lines } = logOf((n) => errors[n % errors.length]!());
  t.after(() => app.close());
  for (let n = 0; n < 40; n += 1) await app.inject('/');
  assert.equal(lines().filter(({ suppressed }) => suppressed === undefined).length >= 4, true);
  log.flush();
  const kinds = new Set(
    lines().map(({ err }) => JSON.stringify([(err as Error).message, (err as { code?: string }).code])),
  );
  assert.equal(kinds.size, 3);
  assert.equal(
    lines().reduce((sum, { suppressed = 0 }) => sum + 1 + suppressed, 0),
    40,
  );
});

test('what is no failure, or tells of somebody else, is written as it comes', () => {
  const written: string[] = [];
  const log = condensed({ write: (line) => written.push(line) });
  const lines = [
    '{"level":30,"time":1,"msg":"started"}\n',
    '{"level":30,"time":2,"msg":"started"}\n',
    '{"level":40,"time":3,"address":"10.0.0.1","msg":"too many requests"}\n',
    '{"level":40,"time":4,"address":"10.0.0.2","msg":"too many requests"}\n',
    'no JSON\n',
    'no JSON\n',
  ];
  for (const line of lines) log.write(line);
  log.flush();
  assert.deepEqual(written, lines);
});

test('a log of ever new failures stays short', () => {
  const written: string[] = [];
  const log = condensed({ write: (line) => written.push(line) });
  for (let n = 0; n < 5_000; n += 1) {
    const msg = `failure ${String.fromCharCode(
      ...String(n)
        .split('')
        .map((digit) => 97 + Number(digit)),
    )}`;
    log.write(`{"level":50,"time":${n},"msg":"${msg}"}\n`);
  }
  log.flush();
  assert.ok(written.length < 300, `${written.length} lines`);
});

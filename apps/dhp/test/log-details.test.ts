/** Lines of the levels `info` and `debug`: names, counts and times; and the level of a process, which changes while it runs. */
import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createLogControl } from '../src/log/control.ts';
import { tellDetails } from '../src/log/details.ts';

type Line = Record<string, unknown>;

const linesIn = (text: string): Line[] =>
  text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]));
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const statements = channel('dhp:postgres.statement');
const statement = {
  text: "select  *\n from fhir.resource where id = $1 and note = 'Zulfiqorova'",
  ...{ session: 'dhp fhir', isBound: true, milliseconds: 1.26 },
};
const refused = {
  ...{ requestId: 'r1', entry: undefined, interaction: 'read', type: 'Patient', status: 403 },
  ...{ code: 'consent-refuses', rule: 'consent' },
};

describe('lines of details', () => {
  let address: string;
  const server = createServer((_request, response) => void response.writeHead(418).end('{}'));
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  after(() => server.close());

  async function told(isDebug: boolean, act: () => Promise<void> | void, most?: number): Promise<Line[]> {
    let text = '';
    const write = (lines: string): void => void (text += lines);
    const end = tellDetails({ name: 'playground', write, isDebug, ...(most !== undefined && { most }) });
    await act();
    end();
    await turn();
    await turn();
    return linesIn(text);
  }

  test('tell of a statement its text without values, how long it took, and nothing at the level info', async () => {
    const act = (): void => {
      statements.publish(statement);
    };
    const [line, ...others] = await told(true, act);
    assert.equal(others.length, 0);
    const { time, statement: hash, ...rest } = line!;
    assert.ok(typeof time === 'number' && /^[\da-f]{12}$/.test(String(hash)));
    assert.deepEqual(rest, {
      ...{ level: 20, name: 'playground', msg: 'statement', session: 'dhp fhir', milliseconds: 1.3 },
      text: "select * from fhir.resource where id = $1 and note = '?'",
    });
    assert.deepEqual(await told(false, act), []);
  });

  test('tell why a request was refused, and of a rule about the record of a patient no more than that', async () => {
    const act = (): void => {
      channel('dhp.fhir.refused').publish(refused);
      channel('dhp.fhir.refused').publish({ ...refused, code: 'scope-missing', rule: 'scopes' });
      channel('dhp:audit.record').publish('token.refused');
    };
    for (const isDebug of [false, true]) {
      const [record, scope, decision] = (await told(isDebug, act)).map(({ time: _, ...rest }) => rest);
      const about = { level: 30, name: 'playground', msg: 'refused', requestId: 'r1' };
      const asked = { interaction: 'read', type: 'Patient', status: 403 };
      assert.deepEqual(record, { ...about, ...asked, rule: 'record' });
      assert.deepEqual(scope, { ...about, ...asked, code: 'scope-missing', rule: 'scopes' });
      assert.deepEqual(decision, { level: 30, name: 'playground', msg: 'decision', event: 'token.refused' });
    }
  });

  test('tell of calls to others where they went and what came, without path, query and header', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const nobody = `http://127.0.0.1:${String((other.address() as AddressInfo).port)}`;
    await new Promise((resolve) => other.close(resolve));
    const lines = await told(true, async () => {
      await fetch(`${address}/hooks/secret-path?token=secret`, { headers: { authorization: 'Bearer secret' } }).then(
        (a) => a.text(),
      );
      await new Promise<void>((resolve) => {
        get(`${address}/hooks/secret-path?token=secret`, (answer) => answer.resume().once('end', resolve));
      });
      await fetch(`${nobody}/secret`).catch(() => undefined);
      await new Promise((resolve) => get(`${nobody}/secret`).once('error', resolve));
      await delay(10);
    });
    const calls = lines.filter(({ msg }) => msg === 'call');
    assert.equal(JSON.stringify(lines).includes('secret'), false);
    const shown = calls.map(({ to, method, status, failed }) => [to, method, status ?? failed]);
    assert.deepEqual(shown, [
      [address, 'GET', 418],
      [address, 'GET', 418],
      [nobody, 'GET', 'ECONNREFUSED'],
      [nobody, 'GET', 'ECONNREFUSED'],
    ]);
    for (const { milliseconds } of calls) assert.ok(typeof milliseconds === 'number' && milliseconds >= 0);
  });

  test('are bounded in each second, and say how many were left out', async () => {
    const lines = await told(true, () => void Array.from({ length: 25 }, () => statements.publish(statement)), 10);
    assert.equal(lines.length, 11);
    const { suppressed, msg } = lines.at(-1)!;
    assert.deepEqual([msg, suppressed], ['statement', 15]);
  });
});

test('a level that changes reaches the loggers, the access log and the details, and ends again', async () => {
  let text = '';
  const control = createLogControl('sso', (lines) => void (text += lines));
  const logger = { level: 'trace' };
  control.begin({ level: 'warn', share: 0 });
  control.watch(logger);
  const tells = async (): Promise<number> => {
    // The lines of details are loaded when they are wanted for the first time.
    await import('../src/log/details.ts');
    await turn();
    text = '';
    statements.publish(statement);
    channel('dhp:audit.record').publish('token.issued');
    await turn();
    return linesIn(text).length;
  };
  assert.deepEqual([logger.level, control.share, await tells()], ['warn', 0, 0]);
  control.change({ level: 'debug', share: 0.5 });
  assert.deepEqual([logger.level, control.share, await tells()], ['debug', 0.5, 2]);
  control.change({ level: 'info' });
  assert.deepEqual([logger.level, control.share, await tells()], ['info', 0, 1]);
  control.change({ share: 1 });
  assert.deepEqual([logger.level, control.share, await tells()], ['warn', 1, 0]);
  control.change({ level: 'debug' });
  control.change({});
  assert.deepEqual([logger.level, control.share, await tells()], ['warn', 0, 0]);
});

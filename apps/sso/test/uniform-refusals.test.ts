/** A refusal does not disclose whether a client exists: the same answer, the same work, the same time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connect, type Sql } from '@dhp/postgres';
import { basic, newClient, postForm, testBed } from './support.ts';

const bed = await testBed();
const statements: string[] = [];
const pool = connect(bed.databaseUrl, { max: 2 });
const { url, close } = await bed.start({ sql: recording(pool) });
const token = `${url}/oauth/token`;

const known = await newClient(bed.clients);
const disabled = await newClient(bed.clients);
await bed.clients.disable(disabled.id, { reason: 'test' });
const grant = { grant_type: 'client_credentials' };
const cases: Record<string, { client_id: string; client_secret: string }> = {
  'wrong secret': { client_id: known.id, client_secret: 'dhps_wrong' },
  'unknown client': { client_id: '7c0c44a6-5c5f-4b9e-9e0b-6b2f2d0f6a11', client_secret: 'dhps_wrong' },
  'not even an id': { client_id: 'a b\0c', client_secret: 'dhps_wrong' },
  'disabled client, wrong secret': { client_id: disabled.id, client_secret: 'dhps_wrong' },
  'CORE-40 disabled client, right secret': { client_id: disabled.id, client_secret: disabled.secret },
};

/** The same pool; every statement's text is noted. */
function recording(sql: Sql): Sql {
  return new Proxy(sql, {
    apply: (target, self, args: unknown[]) => {
      const [template] = args;
      if (Array.isArray(template)) statements.push((template as string[]).join('$').replaceAll(/\s+/g, ' ').trim());
      return Reflect.apply(target as unknown as (...all: unknown[]) => unknown, self, args);
    },
  });
}

describe('an unknown, a disabled client and a wrong secret', () => {
  it('PD-05 CORE-40 get a byte-identical answer', async () => {
    for (const how of ['form', 'basic']) {
      const answers = new Set<string>();
      for (const credentials of Object.values(cases)) {
        const { status, text, headers } =
          how === 'form'
            ? await postForm(token, { ...grant, ...credentials })
            : await postForm(
                token,
                grant,
                basic(credentials.client_id.replaceAll('\0', ''), credentials.client_secret),
              );
        const told = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name)).sort();
        answers.add(JSON.stringify([status, text, told]));
      }
      assert.equal(answers.size, 1, [...answers].join('\n'));
      assert.match([...answers][0]!, /^\[401,.*invalid_client/);
    }
  });

  it('BCP-20 cost the same statements', async () => {
    const perCase: Record<string, string[]> = {};
    for (const [name, credentials] of Object.entries(cases)) {
      // Background work of the server falls into one request and not into the others, so the shortest of three tries counts.
      const tries: string[][] = [];
      for (let n = 0; n < 3; n += 1) {
        statements.length = 0;
        await postForm(token, { ...grant, ...credentials });
        // The record is a piece of a statement, and the statement that piece alone.
        tries.push(statements.filter((one) => one !== '$' && !one.startsWith('insert into sso.audit_event')));
      }
      perCase[name] = tries.toSorted((a, b) => a.length - b.length)[0]!;
    }
    const expected = perCase['wrong secret']!;
    assert.equal(expected.length, 1);
    assert.match(expected[0]!, /^select .* from .*sso\.client\b/);
    for (const [name, asked] of Object.entries(perCase)) assert.deepEqual(asked, expected, name);
  });

  it('BCP-20 take the same time', async () => {
    // A real difference appears in every round; noise of the machine does not.
    const rounds: string[] = [];
    for (let round = 0; round < 5; round++) {
      const medians = await measure(150);
      const slowest = Math.max(...Object.values(medians));
      const fastest = Math.min(...Object.values(medians));
      if (slowest - fastest < 0.2 * slowest) return;
      rounds.push(JSON.stringify(medians));
    }
    assert.fail(`medians in ms differ by more than 20 % each time:\n${rounds.join('\n')}`);
  });

  it('are told apart in the audit trail only', async () => {
    await close();
    await pool.end();
    const rows = await bed.sql<{ reason: string; client_id: string | null }[]>`
      select distinct reason, client_id from sso.audit_event where event = 'token.refused' order by reason, client_id`;
    assert.deepEqual(
      rows.map((row) => `${row.reason} ${String(row.client_id)}`),
      [
        `disabled-client ${disabled.id}`,
        `unknown-client ${cases['unknown client']!.client_id}`,
        'unknown-client null',
        `wrong-secret ${known.id}`,
      ],
    );
  });
});

/** Median milliseconds of each case over so many interleaved requests. */
async function measure(count: number): Promise<Record<string, number>> {
  const names = Object.keys(cases).filter((name) => name !== 'not even an id');
  const times = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < names.length; j++) {
      const name = names[(i + j) % names.length]!;
      const started = performance.now();
      await postForm(token, { ...grant, ...cases[name]! });
      if (i >= 10) times.get(name)!.push(performance.now() - started);
    }
  }
  return Object.fromEntries(
    [...times].map(([name, list]) => [name, list.sort((a, b) => a - b)[Math.floor(list.length / 2)]!]),
  );
}

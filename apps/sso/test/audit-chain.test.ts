/** The audit trail as a chain: in commit order, by one chainer of many, and any manipulation is detected. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connect } from '@dhp/postgres';
import { chainAuditEvents, verifyAuditChain } from '@dhp/audit/chain';
import { exportAuditEvents } from '@dhp/audit/find';
import { chainAll } from './chain-all.ts';
import { newClient, postForm, testBed } from './support.ts';

const bed = await testBed();
const { url } = await bed.start({ chainSeconds: 3600 });

async function write(event: string): Promise<void> {
  await bed.sql`insert into sso.audit_event (recorded, event) values (now(), ${event})`;
}

async function chained(): Promise<string[]> {
  const rows = await bed.sql<{ event: string }[]>`
    select e.event from sso.audit_chain c join sso.audit_event e on e.id = c.event_id order by c.position`;
  return rows.map(({ event }) => event);
}

describe('the audit chain', () => {
  it('an empty one is whole', async () => {
    assert.deepEqual(await verifyAuditChain(bed.sql), { whole: true, length: 0, head: '0:', waiting: 0 });
  });

  it('waits for a transaction that is under way, so that the order is that of commits for good', async () => {
    const slow = connect(bed.databaseUrl, { max: 1 });
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let begun = (): void => undefined;
    const isBegun = new Promise<void>((resolve) => (begun = resolve));
    const transaction = slow.begin(async (sql) => {
      await sql`insert into sso.audit_event (recorded, event) values (now(), 'slow')`;
      begun();
      await held;
    });
    await isBegun;
    await write('quick');
    assert.equal(await chainAuditEvents(bed.sql), 0, 'the slow one began before');
    release();
    await transaction;
    await slow.end();
    await chainAll(bed.sql);
    assert.deepEqual(await chained(), ['slow', 'quick']);
  });

  it('many writers and several chainers make one chain with each event once', async () => {
    const pools = Array.from({ length: 4 }, () => connect(bed.databaseUrl, { max: 2 }));
    const writers = pools.map(async (sql, pool) => {
      for (let n = 0; n < 50; n += 1) {
        await sql`insert into sso.audit_event (recorded, event) values (now(), ${`writer ${pool}`})`;
      }
    });
    let writing = true;
    const chainers = pools.map(async (sql) => {
      while (writing) await chainAuditEvents(sql);
    });
    await Promise.all(writers);
    writing = false;
    await Promise.all(chainers);
    await chainAll(bed.sql);
    await Promise.all(pools.map((sql) => sql.end()));
    const report = await verifyAuditChain(bed.sql);
    assert.equal(report.whole, true);
    assert.equal(report.length, 202);
    assert.equal(report.waiting, 0);
  });

  it('can be appended to and nothing else', async () => {
    for (const change of [
      "update sso.audit_event set event = 'x'",
      'delete from sso.audit_event',
      'truncate sso.audit_chain',
    ]) {
      await assert.rejects(bed.sql.unsafe(change), /only appended to/);
    }
  });

  it('tells of an event that was altered, taken out or put in, and of a chain that was made anew', async () => {
    const { head } = await verifyAuditChain(bed.sql);
    const tamper = async (change: string): Promise<Awaited<ReturnType<typeof verifyAuditChain>>['broken']> => {
      let broken;
      await bed.sql
        .begin(async (sql) => {
          await sql`set local session_replication_role = replica`; // Only the owner of the database can do this.
          await sql.unsafe(change);
          await sql`set local session_replication_role = origin`;
          broken = (
            await verifyAuditChain({ begin: (_: string, work: (s: unknown) => unknown) => work(sql) } as never, {
              known: head,
            })
          ).broken;
          throw new Error('undone');
        })
        .catch((error: unknown) => assert.match(String(error), /undone/));
      return broken;
    };
    const third = await bed.sql<{ event_id: string }[]>`select event_id from sso.audit_chain where position = 3`;
    const id = third[0]!.event_id;
    assert.deepEqual(await tamper(`update sso.audit_event set address = '192.0.2.1' where id = ${id}`), {
      position: 3,
      eventId: id,
      why: 'altered',
    });
    assert.equal((await tamper(`delete from sso.audit_event where id = ${id}`))?.position, 3);
    assert.equal((await tamper(`delete from sso.audit_chain where position = 3`))?.why, 'missing');
    assert.deepEqual(await tamper('delete from sso.audit_chain where position > 100'), {
      position: 100,
      why: 'behind-head',
    });
    assert.equal(await tamper('select 1'), undefined);
  });

  it('UX-14 holds what a request caused under the id of its answer, once, without the secret', async () => {
    const client = await newClient(bed.clients);
    const answer = await postForm(`${url}/oauth/token`, client.form, { 'x-request-id': 'visit-42' });
    assert.equal(answer.headers.get('x-request-id'), 'visit-42');
    const other = await postForm(
      `${url}/oauth/token`,
      { ...client.form, client_secret: 'wrong' },
      { 'x-request-id': 'bad id\u00e9' },
    );
    assert.match(other.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
    await chainAll(bed.sql);
    const lines: string[] = [];
    const last = await exportAuditEvents(bed.sql, { after: 202, write: (line) => void lines.push(line) });
    assert.equal(last, 202 + lines.length);
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const mine = events.filter((event) => JSON.stringify(event).includes('visit-42'));
    assert.equal(mine.length, 1);
    const { id: _id, recorded, ...rest } = mine[0]!;
    assert.match(String(recorded), /^\d{4}-\d\d-\d\dT[\d:.]+\+00:00$/);
    const entity = rest['entity'] as { detail: { type: { text: string }; valueString: string }[] }[];
    assert.deepEqual(
      entity[0]!.detail.map(({ type }) => type.text),
      ['scope', 'jti', 'correlation'],
    );
    assert.deepEqual(
      { ...rest, entity: undefined },
      {
        resourceType: 'AuditEvent',
        category: [
          {
            coding: [
              {
                system: 'http://dicom.nema.org/resources/ontology/DCM',
                code: '110114',
                display: 'User Authentication',
              },
            ],
          },
        ],
        code: { coding: [{ system: 'urn:dhp:sso:audit-event', code: 'token.issued' }] },
        action: 'E',
        outcome: { code: { system: 'http://hl7.org/fhir/issue-severity', code: 'success' } },
        agent: [
          {
            who: { identifier: { system: 'urn:dhp:sso:client', value: client.id } },
            requestor: true,
            networkString: '127.0.0.1',
          },
        ],
        source: {
          observer: { display: 'DHP Single Sign-On', identifier: { system: 'urn:dhp:sso', value: 'dhp-sso' } },
        },
        entity: undefined,
      },
    );
    assert.ok(events.some((event) => JSON.stringify(event).includes('wrong-secret')));
    assert.ok(!lines.join('').includes(client.secret));
  });
});

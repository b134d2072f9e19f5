/** Nothing is answered without a record: if it cannot be written, and if the server is killed. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { patient } from '../environment.ts';
import { startAudited, type Audited } from './audited.ts';

let server: Audited;
let id = '';
before(async () => {
  server = await startAudited();
  const created = await server.write('POST', '/Patient', patient());
  assert.equal(created.status, 201);
  id = String(created.json['id']);
});
after(() => server.close());

/** Makes the database refuse new records. */
async function refusing(work: () => Promise<void>): Promise<void> {
  await server.owner.unsafe(`
    create function fhir.refuse_records() returns trigger language plpgsql as $$ begin raise exception 'no room'; end $$;
    create trigger refuse before insert on fhir.audit_record for each statement execute function fhir.refuse_records()`);
  try {
    await work();
  } finally {
    await server.owner.unsafe('drop trigger refuse on fhir.audit_record; drop function fhir.refuse_records()');
  }
}

describe('where a record cannot be written', () => {
  it('a read, a search and a refusal are 503, and tell nothing', async () => {
    await refusing(async () => {
      for (const path of [`/Patient/${id}`, '/Patient?name=Karimov', `/Patient/${id}/_history`, '/Patient/nobody']) {
        const { status, text } = await server.request('GET', path);
        assert.equal(status, 503, path);
        assert.ok(!text.includes('Karimov'), path);
      }
      const narrow = await server.sso.token({ scope: 'system/Observation.rs' });
      assert.equal((await server.request('GET', `/Patient/${id}`, { token: narrow })).status, 503);
      assert.equal((await server.request('GET', '/metadata')).status, 200);
    });
    assert.equal((await server.request('GET', `/Patient/${id}`)).status, 200);
  });

  it('a write is refused, and nothing of it is stored', async () => {
    await refusing(async () => {
      const created = await server.write('PUT', '/Patient/unrecorded', patient({ id: 'unrecorded' }));
      assert.equal(created.status, 503);
      const changed = await server.write('PUT', `/Patient/${id}`, patient({ id, active: false }), {
        'if-match': 'W/"1"',
      });
      assert.equal(changed.status, 503);
      assert.equal((await server.request('DELETE', `/Patient/${id}`)).status, 503);
    });
    assert.equal((await server.request('GET', '/Patient/unrecorded')).status, 404);
    const { headers } = await server.request('GET', `/Patient/${id}`);
    assert.equal(headers.get('etag'), 'W/"1"');
  });
});

describe('where the database refuses the record of a write alone', () => {
  it('the write is 503 and not stored: by itself, in a batch, in a transaction', async () => {
    await server.owner.unsafe(`
      create function fhir.refuse_writes() returns trigger language plpgsql as $$ begin
        if new.content::jsonb ->> 'action' = 'C' then raise exception 'no room'; end if;
        return new;
      end $$;
      create trigger refuse before insert on fhir.audit_record for each row execute function fhir.refuse_writes()`);
    const entry = { resource: patient(), request: { method: 'POST', url: 'Patient' } };
    const bundle = (type: string): object => ({ resourceType: 'Bundle', type, entry: [entry] });
    const count = async (): Promise<unknown> => (await server.request('GET', '/Patient?_summary=count')).json['total'];
    const before = await count();
    try {
      assert.equal((await server.write('POST', '/Patient', patient())).status, 503);
      assert.equal((await server.write('POST', '/', bundle('transaction'))).status, 503);
      assert.equal((await server.write('POST', '/', bundle('batch'))).status, 503);
    } finally {
      await server.owner.unsafe('drop trigger refuse on fhir.audit_record; drop function fhir.refuse_writes()');
    }
    assert.equal(await count(), before);
  });
});

describe('an answer that is out', () => {
  it('has its record in the database already, of many at the same time', async () => {
    const names = Array.from({ length: 40 }, (_, n) => `at-once-${String(n)}`);
    await Promise.all(
      names.map(async (name) => {
        const { status } = await server.request('GET', `/Patient/${id}`, { headers: { 'x-request-id': name } });
        assert.equal(status, 200);
        // Read in another session at the moment of the answer.
        const [row] = await server.owner<{ count: number }[]>`
          select count(*)::int as count from fhir.audit_record where content::jsonb ->> 'request' = ${name}`;
        assert.equal(row?.count, 1, name);
      }),
    );
  });
});

/** Bulk imports over HTTP: which lines are stored, which are not and why. docs/bulk-export.md */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { connect } from '@dhp/postgres';
import { startServer } from './environment.ts';
import { codes, counts, importBed, lines, observation, person, placeOf, type Result } from './import-bed.ts';
import { fast } from './jobs/pace.ts';

const bed = importBed();
const { token, kickOff, ended, imported, read } = bed;

describe('an import', () => {
  it('stores its lines with versions, index and a Provenance that names them', async () => {
    const all = lines(person('i1', { name: [{ family: 'Imported' }] }), observation('i2', 'i1'));
    const { result, place } = await imported(all);
    assert.deepEqual(result.output.map(counts), [[2, 0, 0, 0]]);
    const found = await read('/Patient?family=Imported');
    assert.equal(found['total'], 1);
    const about = await read('/Provenance?target=Observation/i2');
    const [{ resource }] = about['entry'] as [{ resource: Record<string, unknown> }];
    assert.deepEqual(
      (resource['target'] as { reference: string }[]).map(({ reference }) => reference),
      ['Patient/i1/_history/1', 'Observation/i2/_history/1'],
    );
    assert.match(JSON.stringify(resource['entity']), new RegExp(`urn:uuid:${place.slice(6)}.*lines 1 to 2 of sha256:`));
    const checked = await bed.server.write('POST', '/Provenance/$validate', resource);
    assert.doesNotMatch(checked.text, /"severity":"(error|fatal)"/);
  });

  it('stores a thousand lines together, and fewer behind lines that it refuses', async () => {
    const many = Array.from({ length: 1_600 }, (_, n) => person(`many-${String(n + 1)}`));
    many[4] = person('many-5', { active: 'yes' });
    const { result, rejects } = await imported(lines(...many));
    assert.deepEqual(result.output.map(counts), [[1_599, 0, 0, 1]]);
    assert.deepEqual(codes(rejects), [[5, 'resource-invalid']]);
    const sql = connect(bed.server.ownerUrl, { max: 1, applicationName: 'test' });
    try {
      const pages = await sql`
        select count(*)::int as count from fhir.resource where id like 'many-%' group by txid order by min(rid)`;
      // The number of lines in later pages depends on how long they took.
      const [first, second] = pages.map(({ count }) => count as number);
      assert.deepEqual([first, second], [999, 250]);
      // Each names so few that it can be shown: a caller sees those that the caller may see.
      const named = await sql`
        select jsonb_array_length(content::jsonb -> 'target') as count
        from fhir.resource where content like '%/many-%' and content like '%bulk import%' order by rid`;
      const targets = named.map(({ count }) => count as number);
      assert.deepEqual(targets.slice(0, 5), [250, 250, 250, 249, 250]);
      assert.equal(
        targets.reduce((sum, count) => sum + count, 0),
        1_599,
      );
    } finally {
      await sql.end();
    }
  });

  it('writes no version of what is the same, and nothing of a file that was taken before', async () => {
    const own = await token();
    const text = lines(person('s1'), person('s2'));
    await imported(text, { token: own });
    const other = await imported(lines(person('s1'), person('s2', { active: false })), { token: own });
    assert.deepEqual(other.result.output.map(counts), [[0, 1, 1, 0]]);
    assert.equal((await read('/Patient/s1/_history'))['total'], 1);
    // No Provenance is about a resource that was not stored.
    assert.equal((await read('/Provenance?target=Patient/s1'))['total'], 1);
    const again = await imported(text, { token: own });
    assert.deepEqual(again.result.output.map(counts), [[0, 0, 0, 0]]);
    assert.match(again.result.output[0]!.importedBefore ?? '', /^[\da-f-]{36}$/);
    assert.equal((await read('/Patient/s2/_history'))['total'], 2);
    // Another client's file is another matter.
    assert.deepEqual((await imported(text)).result.output.map(counts), [[0, 1, 1, 0]]);
  });

  it('creates and changes nothing that is there, where that is wanted', async () => {
    await imported(lines(person('c1')));
    const { result, rejects } = await imported(
      lines(person('c1', { active: false }), person('c2'), { resourceType: 'Basic', code: { text: 'x' } }),
      { query: '?mode=create' },
    );
    assert.deepEqual(result.output.map(counts), [[2, 0, 0, 1]]);
    assert.deepEqual(
      rejects.map(({ line }) => line),
      [1],
    );
    assert.equal((await read('/Patient/c1'))['active'], true);
  });

  it('replaces what is there where updates need If-Match, and creates only where that is wanted', async () => {
    const strict = await startServer({ ...bed.options(), requireIfMatch: true, jobs: { pace: fast } });
    try {
      const own = await strict.sso.token({ scope: 'system/*.cruds', client_id: 'strict', sub: 'strict' });
      const send = async (text: string, query = ''): Promise<number[]> => {
        const headers = { prefer: 'respond-async', 'content-type': 'application/fhir+ndjson' };
        const reply = await strict.request('POST', `/$import${query}`, { token: own, headers, body: text });
        const { text: told } = await ended(own, placeOf(reply), strict);
        return counts((JSON.parse(told) as Result).output[0]!);
      };
      assert.deepEqual(await send(lines(person('m1'), person('m2'))), [2, 0, 0, 0]);
      assert.deepEqual(await send(lines(person('m1', { active: false }), person('m2'), person('m3'))), [1, 1, 1, 0]);
      assert.deepEqual(await send(lines(person('m1'), person('m4')), '?mode=create'), [1, 0, 0, 1]);
      // A single request still states which version it replaces.
      const headers = { 'content-type': 'application/fhir+json' };
      const put = await strict.request('PUT', '/Patient/m1', {
        token: own,
        headers,
        body: JSON.stringify(person('m1')),
      });
      assert.equal(put.status, 412, put.text);
    } finally {
      await strict.close();
    }
  });

  it('takes references in any order, and the same resource twice in the order of its lines', async () => {
    const many = Array.from({ length: 130 }, (_, n) => observation(`o${String(n)}`, 'last'));
    const twice = [observation('o5', 'last', { status: 'amended' }), observation('o6', 'nobody')];
    const { result, rejects } = await imported(
      lines(...many, ...twice, person('last'), observation('o6', 'last', { status: 'amended' })),
    );
    assert.deepEqual(result.output.map(counts), [[131, 2, 0, 1]]);
    assert.deepEqual(codes(rejects), [[132, 'reference-not-found']]);
    const [five, six] = [await read('/Observation/o5'), await read('/Observation/o6')];
    assert.deepEqual([five['status'], six['status']], ['amended', 'amended']);
    assert.equal((await read('/Observation/o5/_history'))['total'], 2);
    // A line that waited is stored like others, without its line end, so importing it again changes nothing.
    const { result: again } = await imported(lines(person('last'), observation('o0', 'last')));
    assert.deepEqual(again.output.map(counts), [[0, 0, 2, 0]]);
  });
});

describe('a Bundle', () => {
  const byBundle = { type: 'application/fhir+json' };
  const bundle = (type: string, ...entry: readonly object[]): string =>
    JSON.stringify({ resourceType: 'Bundle', type, entry }, null, 2);

  it('is the lines of its entries, as they stand there, with references to each other', async () => {
    const [urn, other] = [
      'urn:uuid:0198c0de-0000-7000-8000-00000000000a',
      'urn:uuid:0198c0de-0000-7000-8000-00000000000b',
    ];
    const text = bundle(
      'collection',
      { resource: { ...observation('bu1', 'x'), subject: { reference: urn }, valueQuantity: { value: 9_999 } } },
      { fullUrl: urn, resource: person('bu2', { name: [{ text: `"reference": "${urn}"` }] }) },
      { fullUrl: 'https://other.example/fhir/Patient/bu3', resource: person('bu3') },
      { resource: { resourceType: 'Basic', id: 'bu4', code: { text: 'x' }, subject: { reference: other } } },
    ).replace('9999', '1.10');
    const { result, rejects } = await imported(text, byBundle);
    // No entry of the Bundle has the name to which the last one refers; the reference stays unchanged and unresolved.
    assert.deepEqual(result.output.map(counts), [[3, 0, 0, 1]]);
    assert.deepEqual(
      rejects.map(({ line, outcome }) => [line, JSON.stringify(outcome).includes(other)]),
      [[4, true]],
    );
    const stored = await bed.server.request('GET', '/Observation/bu1');
    assert.match(stored.text, /"value":\s*1\.10\b/);
    assert.deepEqual(stored.json['subject'], { reference: 'Patient/bu2' });
    assert.deepEqual((await read('/Patient/bu2'))['name'], [{ text: `"reference": "${urn}"` }]);
    assert.deepEqual((await imported(text, byBundle)).result.output.map(counts), [[0, 0, 3, 1]]);
  });

  it('is what a search has found, and is refused by lines as they are', async () => {
    const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'warning', code: 'informational' }] };
    const { result, rejects } = await imported(
      bundle(
        'searchset',
        { search: { mode: 'match' }, resource: person('bs1') },
        { search: { mode: 'outcome' }, resource: outcome },
        { search: { mode: 'include' }, resource: observation('bs2', 'bs1', { status: 'nothing' }) },
      ),
      byBundle,
    );
    assert.deepEqual(result.output.map(counts), [[1, 0, 0, 1]]);
    assert.deepEqual(codes(rejects), [[2, 'resource-invalid']]);
  });

  it('of another type is refused, with where it belongs', async () => {
    const urn = 'urn:uuid:0198c0de-0000-7000-8000-00000000000a';
    const { id: _, ...nameless } = person('x');
    for (const [text, reason] of [
      [bundle('transaction', { resource: person('bx') }), /POST it to \[base\]/],
      [bundle('batch', { resource: person('bx') }), /POST it to \[base\]/],
      [bundle('document', { resource: person('bx') }), /send it as a line/],
      [bundle('history', { resource: person('bx') }), /newest of each/],
      [JSON.stringify({ resourceType: 'Bundle', entry: [] }), /not null/],
      [bundle('collection'), /no entry with a resource/],
      [bundle('collection', { fullUrl: urn }), /no entry with a resource/],
      [JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry: [1] }), /entry\[0\] is no object/],
      [
        JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry: [{ resource: 'x' }] }),
        /resource is no object/,
      ],
      [
        bundle(
          'collection',
          { fullUrl: urn, resource: nameless },
          { resource: observation('by', 'x', { subject: { reference: urn } }) },
        ),
        /entry\[1\] refers to urn:uuid.* has no id/,
      ],
    ] as const) {
      const reply = await kickOff(text, byBundle);
      assert.deepEqual([reply.status, reply.code], [400, 'parameter-invalid'], reply.text);
      assert.match(reply.diagnostics, reason);
    }
    assert.equal((await bed.server.request('GET', '/Patient/bx')).status, 404);
  });
});

describe('lines that are no good', () => {
  it('are told by their numbers, and the others are taken', async () => {
    const bad = Buffer.concat([
      Buffer.from('\ufeff'),
      Buffer.from(`${JSON.stringify(person('b1'))}\r\n\r\n \t\n`),
      Buffer.from('{"resourceType":"Patient","id":"b2","name":[{"family":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}]}\n'),
      Buffer.from(
        lines(
          '{"resourceType":"Patient",',
          '[1]',
          JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: [] }),
          JSON.stringify({ id: 'x' }),
          person('bad id'),
          observation('b3', 'b1', { status: 'nonsense' }),
          `${JSON.stringify(person('b4'))}},{"resource":${JSON.stringify(person('b5'))}`,
          { resourceType: 'Observatory', id: 'b6' },
        ),
      ),
      Buffer.from(JSON.stringify(person('b8'))),
    ]);
    const { result, rejects } = await imported(gzipSync(bad), { encoding: 'gzip' });
    assert.deepEqual(codes(rejects), [
      [4, 'encoding-invalid'],
      [5, 'json-invalid'],
      [6, 'import-line-refused'],
      [7, 'import-line-refused'],
      [8, 'import-line-refused'],
      [9, 'import-line-refused'],
      [10, codes(rejects)[6]![1]],
      [11, 'json-invalid'],
      [12, 'import-line-refused'],
    ]);
    assert.match(JSON.stringify(rejects[6]), /Observation\.status/);
    assert.doesNotMatch(JSON.stringify(rejects), /Bundle/);
    assert.deepEqual(result.output.map(counts), [[2, 0, 0, 9]]);
    for (const id of ['b4', 'b5']) assert.equal((await bed.server.request('GET', `/Patient/${id}`)).status, 404);
  });

  it('of another type than was said are not taken; of more than are kept the number is told', async () => {
    const { result, rejects } = await imported(
      lines(person('t1'), ...Array.from({ length: 210 }, (_, n) => observation(`t${String(n)}`, 't1'))),
      { query: '?type=Patient' },
    );
    assert.deepEqual(result.output.map(counts), [[1, 0, 0, 210]]);
    assert.deepEqual([rejects.length, result.rejectsNotKept], [200, 10]);
  });

  it('are those that the token would not write by PUT', async () => {
    const own = await token('system/Patient.cu');
    const { result, rejects } = await imported(lines(person('r1'), observation('r2', 'r1')), { token: own });
    assert.deepEqual(result.output.map(counts), [[1, 0, 0, 1]]);
    assert.deepEqual(codes(rejects), [[2, 'scope-insufficient']]);
    const refused = await kickOff(lines(observation('r3', 'r1')), { token: own, query: '?type=Observation' });
    assert.deepEqual([refused.status, refused.code], [403, 'scope-insufficient']);
    const ofPerson = await bed.server.sso.token({ scope: 'user/*.cruds' });
    assert.equal((await kickOff(lines(person('r4')), { token: ofPerson })).status, 403);
  });
});

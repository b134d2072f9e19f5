/** `$viewdefinition-export`: tables of views as files, which a job makes. https://sql-on-fhir.org/ig/OperationDefinition-ViewDefinitionExport.html */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { baseUrl, type Reply } from './environment.ts';
import { observation, placeOf } from './export-bed.ts';
import { activatePolicies, activateVersion } from './policies.ts';
import {
  addressesIn,
  format,
  keys,
  names,
  none,
  of,
  tableIn,
  values,
  viewExportBed,
  viewPart,
  type Made,
  type Parameter,
} from './view-export-bed.ts';

const { bed, post, kickOff, resultOf, taken, bytesOf } = viewExportBed();
const { token, store } = bed;

/** The patients of the files of an export, each with the number of the file. */
async function namedIn(job: string): Promise<[string, number][]> {
  const rows = await bed.server.owner<{ patient: string; number: number }[]>`
    select patient, number from fhir.export_patient where job = ${job}::uuid order by patient, number`;
  return rows.map(({ patient, number }) => [patient, number]);
}
/** As an export that was made before there were lists of patients. */
async function withoutList(job: string): Promise<void> {
  const { count } = await bed.server.owner`
    update fhir.job set outcome = outcome #- '{told,list}' where id = ${job}::uuid and outcome->'told' ? 'list'`;
  assert.equal(count, 1);
}
/** Makes an export, and forgets it. */
async function exported(own: string, parameter: readonly object[]): Promise<Made> {
  const place = placeOf(await kickOff(own, parameter));
  const made = await taken(own, place);
  assert.equal((await bed.server.request('DELETE', place, { token: own })).status, 202);
  return made;
}

const sorted = (text: string): string[] => text.split('\n').sort();

describe('the tables', () => {
  it('have the rows of $viewdefinition-run, in each form', async () => {
    const own = await token('forms');
    const column = [{ name: 'low', path: 'value.ofType(Quantity).value.lowBoundary()' }];
    const low = { ...{ name: 'low', resource: 'Observation' }, select: [{ column }] };
    for (const more of [
      [],
      [format('ndjson')],
      [format('csv')],
      [format('text/csv'), { name: 'header', valueBoolean: false }],
      [format('json')],
    ]) {
      const { files } = await exported(own, [...[names, values, keys, low].map((view) => viewPart(view)), ...more]);
      assert.deepEqual(Object.keys(files), ['names', 'values', 'keys', 'low']);
      for (const view of [names, values, keys, low]) {
        const asked = [{ name: 'viewResource', resource: view }, ...more];
        const run = await post(own, '/$viewdefinition-run', asked, { prefer: 'handling=strict', accept: '*/*' });
        assert.equal(run.status, 200, run.text);
        const [text = '', ...others] = files[view.name]!;
        assert.equal(others.length, 0);
        assert.ok(text.length >= 8, text);
        const isJson = JSON.stringify(more).includes('json"');
        if (isJson && !JSON.stringify(more).includes('ndjson'))
          assert.deepEqual(rows(JSON.parse(text)), rows(JSON.parse(run.text)));
        else assert.deepEqual(sorted(text), sorted(run.text), JSON.stringify(more));
      }
    }
  });
  const rows = (table: unknown): string[] => (table as object[]).map((row) => JSON.stringify(row)).sort();

  it('are files too where they have no rows', async () => {
    const own = await token('empty');
    for (const [code, text] of [
      ['ndjson', ''],
      ['csv', 'id\r\n'],
      ['json', '[\n]\n'],
    ] as const) {
      const made = await exported(own, [viewPart(none, 'nothing'), viewPart(values), format(code)]);
      assert.deepEqual(made.files['nothing'], [text]);
      const nobody = await exported(own, [
        viewPart(keys),
        format(code),
        of('group', 'Group/g'),
        of('patient', 'Patient/p1'),
      ]);
      assert.deepEqual(nobody.files['keys'], [text.replace('id', 'id,patient')]);
    }
  });

  it('are of patients, of members of groups, and of what was stored since', async () => {
    const own = await token('filters');
    const ids = async (...more: object[]): Promise<string[]> => {
      const { files } = await exported(own, [viewPart(keys), ...more]);
      return sorted(files['keys']!.join('')).flatMap((line) =>
        line === '' ? [] : [(JSON.parse(line) as { id: string }).id],
      );
    };
    assert.deepEqual(await ids(of('patient', 'Patient/p1')), ['o0', 'o1']);
    assert.deepEqual(await ids(of('group', 'Group/g')), ['o2', 'o3']);
    assert.deepEqual(await ids(of('group', 'Group/g'), of('patient', `${baseUrl}/Patient/p3`)), ['o3']);
    const { parameter } = await exported(own, [viewPart(keys)]);
    const since = parameter.find(({ name }) => name === 'exportStartTime')!.valueInstant!;
    await store(observation('later', 'p2'), observation('gone', 'p2'));
    await bed.server.request('DELETE', '/Observation/gone');
    assert.deepEqual(await ids({ name: '_since', valueInstant: since }), ['later']);
    assert.equal((await bed.server.request('DELETE', '/Observation/later')).status, 200);
  });

  it('are told of with names, the id of the client, and the form', async () => {
    const own = await token('told');
    const reply = await kickOff(own, [
      ...[viewPart(none), viewPart(values, 'own name'), viewPart(keys)],
      ...[{ name: 'clientTrackingId', valueString: 'mine' }, format('csv')],
    ]);
    const place = placeOf(reply);
    const id = place.split('/')[2]!;
    const said = (parameter: readonly Parameter[]): unknown[] =>
      parameter.slice(0, 5).map(({ name, ...one }) => [name, one.valueString ?? one.valueUri ?? one.valueCode]);
    const both = [
      ['exportId', id],
      ['clientTrackingId', 'mine'],
    ];
    const there = ['location', baseUrl + place];
    assert.deepEqual(said(reply.json['parameter'] as Parameter[]), [...both, ['status', 'accepted'], there]);
    const { parameter, files } = await taken(own, place);
    assert.deepEqual(said(parameter), [...both, ['status', 'completed'], there, ['_format', 'csv']]);
    assert.deepEqual(Object.keys(files), ['view-1', 'own name', 'keys']);
    for (const [path, other] of [
      [`${place}/result`, await token('told', 'system/Observation.rs')],
      [`${place}/result`, await token('stranger')],
      [`${place}/table-1.csv`, await token('stranger')],
      [`${place}/table-1.ndjson`, own],
      [`${place}/1.ndjson`, own],
      [`${place}/table-9.csv`, own],
    ] as const) {
      const refused = await bed.server.request('GET', path, { token: other });
      assert.deepEqual([refused.status, refused.code], [404, 'job-unknown'], path);
    }
    assert.equal((await bed.server.request('DELETE', place, { token: own })).status, 202);
    for (const path of [place, `${place}/result`, `${place}/table-1.csv`])
      assert.equal((await bed.server.request('GET', path, { token: own })).code, 'job-unknown');
    assert.ok(!(await readdir(bed.folder)).includes(id));
  });

  it('are taken in parts', async () => {
    const own = await token('parts');
    for (const code of ['ndjson', 'csv', 'json']) {
      const place = placeOf(await kickOff(own, [viewPart(names), format(code)]));
      const text = Buffer.from((await taken(own, place)).files['names']![0]!);
      const address = `${place}/table-0.${code}`;
      for (let first = 0; first < text.length; first += 7) {
        const range = `bytes=${first}-${first + 8}`;
        const headers = { range, 'accept-encoding': 'identity' };
        const part = await bed.server.request('GET', address, { token: own, headers });
        assert.deepEqual(
          [part.status, part.text],
          [206, text.subarray(first, first + 9).toString()],
          `${code} ${range}`,
        );
        assert.match(part.headers.get('content-range')!, new RegExp(`/${text.length}$`));
      }
      await bed.server.request('DELETE', place, { token: own });
    }
  });
});

describe('files of Parquet', () => {
  it('have the rows of other forms, also where there are none, and are taken in parts', async () => {
    const own = await token('parquet');
    const all = [names, values, keys, { ...none, name: 'none' }];
    const views = all.map((view) => viewPart(view));
    const place = placeOf(await kickOff(own, [...views, format('parquet')]));
    const result = await resultOf(own, place);
    assert.equal(result.status, 200, result.text);
    for (const [n, view] of all.entries()) {
      const address = addressesIn(result)[n]!;
      const file = await bytesOf(own, address);
      const run = await post(own, '/$viewdefinition-run', [{ name: 'viewResource', resource: view }], {
        prefer: 'handling=strict',
        accept: '*/*',
      });
      const lines = run.text.split('\n').filter((line) => line !== '');
      const isOfDecimals = view === values;
      // Decimals are text by default, so that no digit is lost.
      const wanted = lines.map((line) => (isOfDecimals ? line.replace(/:(\d+)\}/, ':"$1"}') : line));
      const found = (await tableIn(file)).map((row) => JSON.stringify(row));
      assert.deepEqual(found.sort(), wanted.sort());
      const step = Math.ceil(file.length / 5);
      for (let first = 0; first < file.length; first += step) {
        const range = `bytes=${first}-${first + step - 1}`;
        assert.deepEqual(await bytesOf(own, address, { range }), file.subarray(first, first + step), range);
      }
    }
    const other = addressesIn(result)[0]!.replace('.parquet', '.csv');
    assert.equal((await bed.server.request('GET', other, { token: own })).status, 404);
    await bed.server.request('DELETE', place, { token: own });
  });

  it('record whom they tell of, also by a part: of the end all, as it tells the least and the greatest values', async () => {
    const own = await token('parquet-told');
    const place = placeOf(await kickOff(own, [viewPart(values), format('parquet')]));
    const [address = ''] = addressesIn(await resultOf(own, place));
    const job = place.split('/')[2]!;
    const number = Number(/table-(\d+)/.exec(address)?.[1]);
    assert.deepEqual(
      await namedIn(job),
      ['p1', 'p2', 'p3'].map((id) => [id, number]),
    );
    await withoutList(job);
    const { length } = await bytesOf(own, address, { 'x-request-id': 'parquet-whole' });
    await bytesOf(own, address, { 'x-request-id': 'parquet-start', range: 'bytes=0-3' });
    await bytesOf(own, address, { 'x-request-id': 'parquet-end', range: `bytes=${length - 8}-` });
    const all = ['p1', 'p2', 'p3'].map((id) => bed.server.pseudonym(id)).sort();
    for (const id of ['whole', 'start', 'end']) {
      const told = (await bed.server.of(`parquet-${id}`)).flatMap(({ patient }) => patient ?? []);
      assert.deepEqual(told.sort(), all, id);
    }
    await bed.server.request('DELETE', place, { token: own });
  });
});

describe('what is wrong', () => {
  const refused = async (
    parameter: readonly object[],
    [status, code, said]: readonly [number, string, RegExp],
    { more = {}, scope = 'system/*.rs' }: { more?: object; scope?: string } = {},
  ): Promise<Reply> => {
    const reply = await kickOff(await token('wrong', scope), parameter, more);
    assert.deepEqual([reply.status, reply.code], [status, code], reply.text);
    assert.match(reply.text, said);
    return reply;
  };

  it('is told with its place and cure before a job is made', async () => {
    const wrong = { ...keys, select: [{ column: [{ name: 'id', path: 'id(' }] }] };
    for (const code of ['xml', 'fhir'])
      await refused(
        [viewPart(keys), format(code)],
        [400, 'parameter-invalid', /_format is ndjson, json, csv, parquet, not/],
      );
    const bare = { resource: 'Patient', select: [{}] };
    await refused([viewPart(bare), format('parquet')], [400, 'parameter-invalid', /one column at least/]);
    const view = await refused(
      [viewPart(values), viewPart(wrong)],
      [422, 'view-invalid', /View 2: ViewDefinition.select\[0\].column\[0\].path/],
    );
    assert.match(view.text, /"expression":\["ViewDefinition.select\[0\].column\[0\].path"\]/);
    await refused([], [400, 'parameter-invalid', /needs the parameter view/]);
    await refused(
      [viewPart(keys), viewPart(keys)],
      [400, 'parameter-invalid', /Two tables have the name[^}]*Parameters.parameter\[1\]/],
    );
    const reference = { name: 'viewReference', valueReference: { reference: 'ViewDefinition/1' } };
    await refused([{ name: 'view', part: [reference] }], [404, 'resource-not-found', /ViewDefinition.1/]);
    await refused([{ name: 'view', part: [] }], [400, 'parameter-invalid', /viewResource/]);
    await refused(
      [{ name: 'view', part: [{ name: 'x' }] }],
      [400, 'parameter-invalid', /Parameters.parameter\[0\].part\[0\]/],
    );
    await refused([{ name: 'view', valueString: 'x' }], [400, 'parameter-invalid', /has parts: name, viewResource/]);
    await refused([viewPart(keys), { name: 'source', valueString: 's3' }], [400, 'parameter-unknown', /knows these/]);
    await refused([viewPart(none), of('patient', 'Patient/p1')], [404, 'compartment-member-unknown', /Device/]);
    await refused([viewPart(keys), of('patient', 'Patient/nobody')], [400, 'parameter-invalid', /There is no Patient/]);
    await refused([viewPart(keys), of('group', 'Group/nothing')], [404, 'resource-not-found', /Group/]);
    await refused(
      [viewPart({ ...keys, resource: 'AuditEvent' })],
      [400, 'parameter-invalid', /AuditEvent is not exported/],
    );
    await refused([viewPart(keys)], [400, 'async-required', /respond-async/], { more: { prefer: 'handling=strict' } });
    await refused([viewPart(keys)], [403, 'scope-insufficient', /Observation/], { scope: 'system/Patient.rs' });
    const person = await bed.server.sso.token({ scope: 'user/*.rs', authority: 'user' });
    assert.equal((await kickOff(person, [viewPart(keys)])).status, 403);
  });

  it('is told at the result, where a row cannot be made', async () => {
    const own = await token('rows');
    const column = [{ name: 'given', path: 'name.given' }];
    const place = placeOf(await kickOff(own, [viewPart({ name: 'x', resource: 'Patient', select: [{ column }] })]));
    const reply = await resultOf(own, place);
    assert.deepEqual([reply.status, reply.code], [422, 'view-row-invalid'], reply.text);
    assert.match(reply.text, /"expression":\["ViewDefinition.select\[0\].column\[0\]/);
    assert.ok(!(await readdir(bed.folder)).includes(place.split('/')[2]!));
    await bed.server.request('DELETE', place, { token: own });
  });
});

describe('the patients', () => {
  it('are in no row and no count where the caller may not see them, and those who are told of are recorded', async () => {
    await activatePolicies(bed.server, { others: 'as-scoped', rules: [], consent: 'enforced' });
    try {
      const actor = [{ reference: { identifier: { system: 'urn:dhp:sso:client', value: 'apart' } } }];
      await store({
        ...{ resourceType: 'Consent', id: 'apart', status: 'active', decision: 'permit' },
        ...{ subject: { reference: 'Patient/p1' }, provision: [{ actor }] },
      });
      const own = await token('apart');
      const place = placeOf(await kickOff(own, [viewPart(values), viewPart(names), format('csv')]));
      const { files } = await taken(own, place);
      assert.equal(files['values']!.join(''), 'value\r\n1\r\n1\r\n');
      assert.ok(!files['names']!.join('').includes('p1') && files['names']!.join('').includes('p2'));
      const headers = { 'x-request-id': 'taken-table' };
      const listed = { 'x-request-id': 'taken-listed' };
      await bed.server.request('GET', `${place}/table-0.csv`, { token: own, headers: listed });
      const job = place.split('/')[2]!;
      assert.deepEqual(
        (await bed.server.of('taken-listed')).map(({ content }) => content['list']),
        [{ id: job, file: 0 }],
      );
      assert.deepEqual(await namedIn(job), [
        ['p2', 0],
        ['p2', 1],
        ['p3', 0],
      ]);
      // As one that was made before there were lists of patients.
      await withoutList(job);
      await bed.server.request('GET', `${place}/table-0.csv`, { token: own, headers });
      const told = (await bed.server.of('taken-table')).flatMap(({ patient }) => patient ?? []);
      assert.deepEqual(told.sort(), ['p2', 'p3'].map((id) => bed.server.pseudonym(id)).sort());
      const part = { 'x-request-id': 'taken-part', range: 'bytes=7-8', 'accept-encoding': 'identity' };
      await bed.server.request('GET', `${place}/table-0.csv`, { token: own, headers: part });
      const ofPart = (await bed.server.of('taken-part')).flatMap(({ patient }) => patient ?? []);
      assert.deepEqual(ofPart, [bed.server.pseudonym('p2')]);
      await bed.server.request('DELETE', place, { token: own });
    } finally {
      await activateVersion(bed.server, undefined);
      await bed.server.request('DELETE', '/Consent/apart');
    }
  });
});

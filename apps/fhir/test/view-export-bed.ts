/** Servers whose views are exported as tables, and how a client asks for them. */
import assert from 'node:assert/strict';
import { parquetReadObjects } from 'hyparquet';
import { baseUrl, type Reply } from './environment.ts';
import { asynchronously, exportBed, member, observation, type ExportBed, type Resource } from './export-bed.ts';

const named = (id: string, family: string): Resource => ({
  ...{ resourceType: 'Patient', id },
  name: [{ family, given: ['Aziza', 'Lola'] }],
});
export const names = {
  ...{ resourceType: 'ViewDefinition', name: 'names', status: 'active', resource: 'Patient' },
  select: [
    { column: [{ name: 'id', path: 'getResourceKey()' }] },
    {
      forEach: 'name',
      column: [
        { name: 'family', path: 'family' },
        { name: 'given', path: 'given', collection: true },
      ],
    },
  ],
};
/** Of its rows none says whose it is. */
export const values = {
  ...{ resourceType: 'ViewDefinition', name: 'values', resource: 'Observation' },
  select: [{ column: [{ name: 'value', path: 'value.ofType(Quantity).value' }] }],
};
export const keys = {
  ...{ resourceType: 'ViewDefinition', name: 'keys', resource: 'Observation' },
  select: [
    {
      column: [
        { name: 'id', path: 'id' },
        { name: 'patient', path: 'subject.getReferenceKey(Patient)' },
      ],
    },
  ],
};
export const none = { resource: 'Device', select: [{ column: [{ name: 'id', path: 'id' }] }] };

export const viewPart = (view: object, name?: string): object => ({
  name: 'view',
  part: [
    ...(name === undefined ? [] : [{ name: 'name', valueString: name }]),
    { name: 'viewResource', resource: view },
  ],
});
export const format = (valueCode: string): object => ({ name: '_format', valueCode });
export const of = (name: 'patient' | 'group', reference: string): object => ({ name, valueReference: { reference } });

export interface Parameter {
  readonly name: string;
  readonly part?: readonly Parameter[];
  readonly valueString?: string;
  readonly valueUri?: string;
  readonly valueCode?: string;
  readonly valueInstant?: string;
}

export interface Made {
  readonly parameter: readonly Parameter[];
  /** Text of the files by the name of the table. */
  readonly files: Readonly<Record<string, readonly string[]>>;
}

export interface ViewExportBed {
  readonly bed: ExportBed;
  readonly post: (own: string, path: string, parameter: readonly object[], more?: object) => Promise<Reply>;
  readonly kickOff: (own: string, parameter: readonly object[], more?: object) => Promise<Reply>;
  /** The result, after the status has said where it is. */
  readonly resultOf: (own: string, place: string) => Promise<Reply>;
  readonly taken: (own: string, place: string) => Promise<Made>;
  /** A file as bytes, or a part of it. */
  readonly bytesOf: (own: string, path: string, more?: Record<string, string>) => Promise<Buffer>;
}

/** Opens them, with patients, values and a group. */
export function viewExportBed(): ViewExportBed {
  const bed = exportBed(
    named('p1', 'Karimova'),
    named('p2', 'Usmonov, "Ali"\nova'),
    { resourceType: 'Patient', id: 'p3' },
    ...['p1', 'p1', 'p2', 'p3'].map((patient, n) => observation(`o${n}`, patient)),
    { resourceType: 'Group', id: 'g', type: 'person', membership: 'enumerated', member: [member('p2'), member('p3')] },
  );

  function post(own: string, path: string, parameter: readonly object[], more: object = {}): Promise<Reply> {
    const headers = { ...asynchronously, 'content-type': 'application/fhir+json', ...more };
    const body = JSON.stringify({ resourceType: 'Parameters', parameter });
    return bed.server.request('POST', path, { token: own, headers, body });
  }

  const kickOff = (own: string, parameter: readonly object[], more?: object): Promise<Reply> =>
    post(own, '/$viewdefinition-export', parameter, more);

  async function resultOf(own: string, place: string): Promise<Reply> {
    const status = await bed.ended(own, place);
    assert.equal(status.status, 303, status.text);
    assert.equal(status.headers.get('location'), `${baseUrl}${place}/result`);
    return bed.server.request('GET', `${place}/result`, { token: own });
  }

  async function taken(own: string, place: string): Promise<Made> {
    const reply = await resultOf(own, place);
    assert.equal(reply.status, 200, reply.text);
    const parameter = reply.json['parameter'] as Parameter[];
    const files: Record<string, string[]> = {};
    for (const { part = [] } of parameter.filter(({ name }) => name === 'output')) {
      const [{ valueString: name }, ...locations] = part as [Parameter, ...Parameter[]];
      files[name!] = [];
      for (const { valueUri } of locations) {
        const file = await bed.server.request('GET', valueUri!.slice(baseUrl.length), {
          ...{ token: own, headers: { 'accept-encoding': 'identity' } },
        });
        assert.equal(file.status, 200, file.text);
        assert.equal(file.headers.get('content-length'), String(Buffer.byteLength(file.text)), valueUri);
        files[name!]!.push(file.text);
      }
    }
    return { parameter, files };
  }

  async function bytesOf(own: string, path: string, more: Record<string, string> = {}): Promise<Buffer> {
    const headers = { authorization: `Bearer ${own}`, ...more };
    const response = await fetch(bed.server.url + path, { headers });
    assert.ok(response.ok, String(response.status));
    const bytes = Buffer.from(await response.arrayBuffer());
    assert.equal(response.headers.get('content-length'), String(bytes.length));
    return bytes;
  }

  return { bed, post, kickOff, resultOf, taken, bytesOf };
}

/** Addresses of the files of a result, in the order of the views. */
export const addressesIn = (result: Reply): string[] =>
  (result.json['parameter'] as Parameter[])
    .filter(({ name }) => name === 'output')
    .flatMap(({ part = [] }) => part.flatMap(({ valueUri }) => valueUri?.slice(baseUrl.length) ?? []));

export const tableIn = (file: Buffer): Promise<Record<string, unknown>[]> =>
  parquetReadObjects({ file: Uint8Array.from(file).buffer });

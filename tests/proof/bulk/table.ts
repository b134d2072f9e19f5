/** A table of ten columns of all Observations, as Parquet. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Server } from '../../../apps/dhp/src/exchange/server.ts';
import type { Job, Outcome } from './exports.ts';

const view = {
  resourceType: 'ViewDefinition',
  name: 'observations',
  status: 'active',
  resource: 'Observation',
  select: [
    {
      column: [
        { name: 'id', path: 'getResourceKey()', type: 'id' },
        { name: 'patient', path: 'subject.getReferenceKey(Patient)', type: 'id' },
        { name: 'encounter', path: 'encounter.getReferenceKey(Encounter)', type: 'id' },
        { name: 'status', path: 'status', type: 'code' },
        { name: 'effective', path: 'effective.ofType(dateTime)', type: 'dateTime' },
        { name: 'code', path: "code.coding.where(system = 'http://loinc.org').code.first()", type: 'code' },
        { name: 'text', path: 'code.text', type: 'string' },
        { name: 'value', path: 'value.ofType(Quantity).value', type: 'decimal' },
        { name: 'unit', path: 'value.ofType(Quantity).code', type: 'code' },
        { name: 'updated', path: 'meta.lastUpdated', type: 'instant' },
      ],
    },
  ],
};

const parameters = {
  resourceType: 'Parameters',
  parameter: [
    { name: '_format', valueCode: 'parquet' },
    { name: 'view', part: [{ name: 'viewResource', resource: view }] },
  ],
};

export function tableOfObservations(server: Server): Job {
  const headers = { 'content-type': 'application/fhir+json' };
  return {
    path: '$viewdefinition-export',
    asked: { method: 'POST', headers, body: JSON.stringify(parameters) },
    outcomeOf: (told) => outcomeOf(server, told),
  };
}

/** Milliseconds between two questions: the server wants no more. */
const between = 1_100;

/** Counts are told nowhere: there is a row for each Observation. */
async function outcomeOf(server: Server, told: object): Promise<Outcome> {
  await delay(between);
  const places = JSON.stringify(told).match(/[^"]+\.parquet/g) ?? [];
  let bytes = 0;
  for (const place of places) {
    const part = await server.ask(place, { headers: { accept: '*/*', range: 'bytes=0-0' } });
    await part.arrayBuffer();
    bytes += Number(part.headers.get('content-range')?.split('/')[1]);
  }
  const found = await server.ask(`${server.base}/Observation?_summary=count`);
  const { total } = (await found.json()) as { total: number };
  return { resources: total, bytes, files: places.length, errors: 0 };
}

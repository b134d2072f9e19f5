/** Exports whose files have a block for each patient: their stored resources, and how to read such a file. */
import assert from 'node:assert/strict';
import { scanJson } from '@dhp/fhir-model';
import { baseUrl } from './environment.ts';
import { asynchronously, exportBed, member, observation, type ExportBed, type Resource } from './export-bed.ts';

/** Also the right to Provenances. */
export const rights = 'system/*.rs system/Provenance.rs';

export function provenance(id: string, recorded: string | undefined, ...targets: readonly string[]): Resource {
  const target = targets.map((reference) => ({ reference }));
  return { resourceType: 'Provenance', id, recorded, target, agent: [{ who: { reference: 'Organization/o1' } }] };
}

/** Deletes resources of a server by name. */
export async function remove({ server }: ExportBed, ...names: readonly string[]): Promise<void> {
  for (const name of names) assert.equal((await server.request('DELETE', `/${name}`)).status, 200);
}

/** Returns a server with two patients, for exports with parameters. */
export function parametersBed(): ExportBed {
  return exportBed(
    { resourceType: 'Patient', id: 'p1' },
    { resourceType: 'Patient', id: 'p2' },
    { resourceType: 'Organization', id: 'o1', name: 'x' },
    { resourceType: 'Group', id: 'g1', type: 'person', membership: 'enumerated', member: [member('p1')] },
    observation('b1', 'p1'),
    observation('b2', 'p2'),
  );
}

export interface Organized {
  readonly outputOrganizedBy?: string;
  readonly output: readonly { type?: string; url: string; count: number; continuesInFile?: string }[];
}

/** The blocks of a file: the patient of the header, and the lines after it. */
export type Blocks = readonly { readonly patient: string; readonly lines: readonly Resource[] }[];

/** A file of an export as text. */
export async function fileOf(bed: ExportBed, own: string, url: string): Promise<string> {
  const path = url.slice(baseUrl.length);
  const { status, text } = await bed.server.request('GET', path, { token: own, headers: asynchronously });
  assert.equal(status, 200, text);
  return text;
}

/** Takes a file with blocks apart. */
export function blocksOf(text: string): Blocks {
  const all: { patient: string; lines: Resource[] }[] = [];
  for (const line of text.trimEnd().split('\n')) {
    const resource = JSON.parse(line) as Resource;
    if (resource.resourceType !== 'Parameters') all.at(-1)!.lines.push(resource);
    else {
      assert.deepEqual(Object.keys(resource), ['resourceType', 'parameter']);
      const [{ name, valueReference }] = resource['parameter'] as [
        { name: string; valueReference: { reference: string } },
      ];
      assert.equal(name, 'header');
      all.push({ patient: valueReference.reference, lines: [] });
    }
  }
  return all;
}

/** Stores three patients, in a group and outside of it, and more, of whom one has a large block. */
export async function storeBlocks(bed: ExportBed): Promise<void> {
  await bed.store(
    { resourceType: 'Patient', id: 'q1' },
    { resourceType: 'Patient', id: 'q2' },
    { resourceType: 'Patient', id: 'q3' },
    {
      resourceType: 'Group',
      id: 'g2',
      type: 'person',
      membership: 'enumerated',
      member: [member('q1'), member('q2')],
    },
    { ...observation('c1', 'q1'), performer: [{ reference: 'Patient/q2' }] },
    observation('c2', 'q2'),
    observation('c3', 'q3'),
    provenance('c1p', '2026-01-01T00:00:00Z', `${baseUrl}/Observation/c1/_history/1`),
    provenance('q2p', '2026-01-01T00:00:00Z', 'Patient/q2'),
  );
  const note = [{ text: 'x'.repeat(3_000) }];
  await bed.server.store.bulkInsert(
    (async function* () {
      // More than are gathered together; the first of them has a large block.
      for (let n = 0; n < 120; n += 1) {
        const resource = { resourceType: 'Patient', id: `n${String(n).padStart(3, '0')}` };
        yield { type: 'Patient', id: resource.id, source: scanJson(JSON.stringify(resource)), resource };
      }
      for (let n = 0; n < 900; n += 1) {
        const resource = { ...observation(`l${n}`, n < 800 ? 'n000' : `q${1 + (n % 2)}`), note };
        yield { type: 'Observation', id: resource.id, source: scanJson(JSON.stringify(resource)), resource };
      }
    })(),
  );
}

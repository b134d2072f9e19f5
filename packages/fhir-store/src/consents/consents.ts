import { setTimeout as delay } from 'node:timers/promises';
import { servingConnections } from '../connections.ts';
import type { Pools } from '../pools.ts';
import { selectLeft, selectStated, type ConsentCandidate } from '../statements/ask-consents.ts';
import type { Labelling } from '../labels/label-row.ts';
import { codingOf } from '@dhp/labels';
import { keyOf, seedOf, tokenText } from '@dhp/search-index/keys';
import {
  selectConsentsBuilt,
  selectConsentsComplete,
  beginBuild,
  noteBuild,
  selectConsents,
  selectOfNobody,
} from '../statements/consent-build.ts';
import type { PlacedDefinition } from '../statements/index-definition.ts';
import { isIndexWhole, notePatients, patientBuild } from '../statements/patient-of-resource.ts';
import type { StoreAdmin } from '../store-admin.ts';
import { guarded } from '../store-unavailable.ts';
import { consentDefinition, type ConsentRowOptions, consentRow, ofNobody } from './consent-row.ts';
import { typeNumber } from '@dhp/fhir-model';
import type { JsonResource } from '@dhp/fhir-search';
import { createBatcher, type Sql } from '@dhp/postgres';
import { consentPart } from '../statements/consents.ts';
import { isWriteConflict } from '../statements/write-conflict.ts';

/** Questions in one statement, whether something is stated: one by itself costs as much as twenty. */
const maxBatch = 64;

/** The part of the store that is about consents. */
export function createConsents(
  { pages, writes }: Pick<Pools, 'pages' | 'writes'>,
  { labelling, searched, isSpread, ...options }: ConsentsOptions,
): Pick<
  StoreAdmin,
  | 'stated'
  | 'consented'
  | 'consentsBuilt'
  | 'consentsComplete'
  | 'consentsOfNobody'
  | 'buildConsents'
  | 'patientsNoted'
  | 'notePatients'
> {
  const stated = createBatcher<readonly string[], boolean>({
    name: 'consents',
    concurrency: servingConnections.pages,
    maxBatch,
    gather: true,
    onError: 'fail',
    run: (questions) => selectStated(pages, questions),
  });
  return {
    consented: (candidate, condition) => guarded(() => selectLeft(pages, labelled(candidate, labelling()), condition)),
    stated: (patients) => guarded(() => stated.submit(patients)),
    consentsComplete: () => guarded(() => selectConsentsComplete(pages, consentDefinition)),
    consentsOfNobody: (limit) => guarded(() => selectOfNobody(pages, { bit: ofNobody, ty: consentType, limit })),
    consentsBuilt: () => guarded(() => selectConsentsBuilt(pages, consentDefinition)),
    buildConsents: (building) => guarded(() => buildConsents(writes, options, building)),
    patientsNoted: () => guarded(async () => isSpread() || selectConsentsBuilt(pages, patientBuild)),
    notePatients: (noting) =>
      guarded(() => (isSpread() ? Promise.resolve() : noteAllPatients(writes, searched, noting?.signal))),
  };
}

interface ConsentsOptions extends ConsentRowOptions {
  readonly labelling: () => Labelling | undefined;
  readonly searched: () => PlacedDefinition;
  /** Whether the rows are on several nodes, where reads do not use the noted patients. */
  readonly isSpread: () => boolean;
}

/** Adds the labels that the server finds in the resource to its keys, as if its writer had given them. */
function labelled(candidate: ConsentCandidate, labelling: Labelling | undefined): ConsentCandidate {
  const { type, row, resource } = candidate;
  const labels = resource === undefined ? [] : (labelling?.read(resource) ?? []);
  if (labels.length === 0) return candidate;
  const seed = seedOf(type, '_security');
  const keys = labels
    .map(codingOf)
    .flatMap(({ system, code }) => [keyOf(seed, tokenText.coding(system, code)), keyOf(seed, tokenText.code(code))]);
  return { ...candidate, row: { ...row, keys: [...row.keys, ...keys] } };
}

const consentType = typeNumber('Consent')!;
/** Consents of one transaction. */
const chunk = 200;

/**
 * Makes rows for the Consents that were stored before rows existed, or by a program with another definition. It does so in small steps,
 * each durable: another call, of this server or another, continues after the last one. Writes continue meanwhile, and make their own rows.
 * @param onProgress called with the number of rows that this call has made
 */
async function buildConsents(
  sql: Sql,
  options: ConsentRowOptions,
  { onProgress, signal }: { onProgress?: (made: number) => void; signal?: AbortSignal } = {},
): Promise<number> {
  let made = 0;
  for (;;) {
    if (signal?.aborted === true) return made;
    const count = await step(sql, options);
    if (count === undefined) return made;
    made += count;
    onProgress?.(made);
  }
}

/** Resources of one transaction. */
const page = 500;

/**
 * Notes the patient of all versions that were stored without this note, in small steps as `buildConsents`, with pauses as long as the
 * steps: it changes most rows once, and writers have priority. No consent waits for it. While the index is not complete nothing is noted:
 * reads use the index, and another call continues.
 */
async function noteAllPatients(sql: Sql, searched: () => PlacedDefinition, signal?: AbortSignal): Promise<void> {
  while (signal?.aborted !== true) {
    const began = performance.now();
    // A resource that moves to another part of a divided table ends the step, which is then repeated.
    const isOver = await noteSomePatients(sql, searched).catch((error: unknown) => {
      if (isWriteConflict(error)) return false;
      throw error;
    });
    if (isOver) return;
    await delay(performance.now() - began);
  }
}

/** @returns true if nothing is left to be noted, or nothing can be noted now */
function noteSomePatients(sql: Sql, searched: () => PlacedDefinition): Promise<boolean> {
  return sql.begin(async (session): Promise<boolean> => {
    const { upto, complete } = await beginBuild(session, patientBuild);
    const { definition, tables } = searched();
    if (complete || !(await isIndexWhole(session, definition.version))) return true;
    const from = { behind: upto === '' ? -1 : Number(upto), limit: page };
    const last = await notePatients(session, from, { version: definition.version, tables });
    await noteBuild(session, {
      definition: patientBuild,
      upto: last === undefined ? upto : String(last),
      complete: last === undefined,
    });
    return last === undefined;
  });
}

/** @returns undefined when all have rows */
async function step(sql: Sql, options: ConsentRowOptions): Promise<number | undefined> {
  return sql.begin(async (session): Promise<number | undefined> => {
    const { upto, complete } = await beginBuild(session, consentDefinition);
    if (complete) return undefined;
    const consents = await selectConsents(session, { ty: consentType, behind: upto, limit: chunk });
    const placed = consents.map(({ id, rid, ver, upd, content }) => {
      const resource = content === undefined ? undefined : (JSON.parse(content.toString('utf8')) as JsonResource);
      return { of: rid, ver, row: consentRow(id, resource, upd, options) };
    });
    if (placed.length > 0) await session`with ${consentPart(session, placed)} select`.raw();
    const last = consents.at(-1)?.id ?? upto;
    await noteBuild(session, { definition: consentDefinition, upto: last, complete: consents.length < chunk });
    return consents.length;
  });
}

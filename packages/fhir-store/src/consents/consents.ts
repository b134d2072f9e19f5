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
import type { StoreAdmin } from '../store-admin.ts';
import { guarded } from '../store-unavailable.ts';
import { consentDefinition, type ConsentRowOptions, consentRow, ofNobody } from './consent-row.ts';
import { typeNumber } from '@dhp/fhir-model';
import type { JsonResource } from '@dhp/fhir-search';
import { createBatcher, type Sql } from '@dhp/postgres';
import { consentPart } from '../statements/consents.ts';

/** Questions in one statement, whether something is stated: one by itself costs as much as twenty. */
const maxBatch = 64;

/** The part of the store that is about consents. */
export function createConsents(
  { pages, writes }: Pick<Pools, 'pages' | 'writes'>,
  { labelling, ...options }: ConsentRowOptions & { readonly labelling: () => Labelling | undefined },
): Pick<
  StoreAdmin,
  'stated' | 'consented' | 'consentsBuilt' | 'consentsComplete' | 'consentsOfNobody' | 'buildConsents'
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
  };
}

/** With the labels that the server finds in it among its keys, as if its writer had said them. */
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
 * Makes rows for the Consents that were stored before there were any, or by a program that made other ones. It does so in small steps, each durable: another call, of this server or another, goes on behind the last one. Writes go on meanwhile, and
 * make their own rows.
 * @param onProgress is told how many rows this call has made
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

/** Repairs the derived data that a verification has found wrong. docs/operations/doctor.md */
import { isCareType } from '@dhp/care';
import { typeName, typeNumber } from '@dhp/fhir-model';
import type { DatabaseMemory, Sql } from '@dhp/postgres';
import { heldRows } from '../care/build-care.ts';
import { consentDefinition, consentRow } from '../consents/consent-row.ts';
import { labelRow } from '../labels/label-row.ts';
import { ownHash } from '../own-hash.ts';
import { lockCare, replaceCare, selectBuiltCare, selectCareOf } from '../statements/care-build.ts';
import { selectConsentsBuilt } from '../statements/consent-build.ts';
import { consentPart } from '../statements/consents.ts';
import {
  indexAnew,
  readAgain,
  readContents,
  rowName,
  type Indexing,
  type Unindexed,
} from '../statements/index-anew.ts';
import { sessionOn } from '../statements/index-tables.ts';
import { labelParts } from '../statements/labels.ts';
import type { Session } from '../statements/session.ts';
import { selectGapsOf } from '../statements/verify-index.ts';
import { deleteDecisiveRows, deleteIndexRows, lockRows, selectVersionsOf } from '../statements/verify-repair.ts';
import { makeWordsAnew } from '../statements/verify-text.ts';
import { deleteStrays, madeTables } from '../statements/verify-strays.ts';
import { indexOf, type BodyOptions } from '../writes/index-of-body.ts';
import type { PlacedTerm, TermDictionary } from '../writes/term-dictionary.ts';
import { basisOf } from '../writes/write-batch.ts';
import { parsed } from './content-fault.ts';
import { isRepairable, type Finding } from './finding.ts';

/** The means of a repair. */
export interface Repairing extends BodyOptions {
  readonly sql: Sql;
  readonly words: TermDictionary;
  readonly memory: DatabaseMemory;
}

/** Resources of one transaction. */
const chunk = 50;

/**
 * Makes the rows of the resources in findings again, and removes rows without a resource. The versions themselves are not touched. Readers
 * miss nothing meanwhile: the rows of a resource change in one transaction, and writers of it wait.
 * @returns the number of findings processed
 */
export async function repairFound(options: Repairing, findings: readonly Finding[]): Promise<number> {
  const found = findings.filter(isRepairable);
  const names = [...new Set(found.flatMap(({ resource }) => resource ?? []))].flatMap((name) => {
    const [type = '', id = ''] = name.split('/');
    const ty = typeNumber(type);
    return ty === undefined ? [] : [{ ty, id }];
  });
  await options.parameters.refresh();
  for (let at = 0; at < names.length; at += chunk) await repairSome(options, names.slice(at, at + chunk));
  const rids = [...new Set(found.flatMap(({ row }) => row ?? []))];
  if (rids.length > 0) await removeStrays(options, rids);
  return found.length;
}

async function repairSome(options: Repairing, names: readonly { ty: number; id: string }[]): Promise<void> {
  await options.sql.begin(async (session) => {
    await lockCare(session); // before the resources, as the steps that make links
    await lockRows(session, await readAgain(session, names, true));
    const rows = await readAgain(session, names, true); // the current ones, now that nobody writes
    await makeIndex(session, rows, options);
    await makeDecisive(session, rows, options);
    await makeWordsAnew(session, rows);
  });
}

/** Index rows, except those of resources with a noted gap and of unreadable content. */
async function makeIndex(session: Session, all: readonly Unindexed[], options: Repairing): Promise<void> {
  const basis = basisOf(options);
  const gaps = await selectGapsOf(
    session,
    all.map(({ rid }) => rid),
  );
  const contents = await readContents(
    session,
    all.filter(({ deleted }) => !deleted),
  );
  const readable = all.flatMap((row) => {
    const resource = row.deleted ? undefined : parsed(contents.get(rowName(row)) ?? '');
    return gaps.has(rowName(row)) || (!row.deleted && resource === undefined) ? [] : [{ ...row, resource }];
  });
  await deleteIndexRows(sessionOn(session, basis.stored.active.tables), readable);
  const words: PlacedTerm[] = [];
  const rows = readable.flatMap(({ rid, shard, ver, ty, id, resource }): Indexing[] => {
    if (resource === undefined) return [];
    const body = { resource: { ...resource, resourceType: typeName(ty)! } };
    const made = indexOf(body, id, options, { stored: basis.stored });
    words.push(...made.words);
    return [{ rid, shard, ver, index: made.index }];
  });
  if (rows.length === 0) return;
  await options.words.store(words, basis);
  const stored = await indexAnew(session, rows, { stored: basis.stored, basis });
  if (stored.size < rows.length) throw new Error('Resources have changed while they were repaired: try again');
}

/** Rows of consents, links of care and labels. */
async function makeDecisive(session: Session, rows: readonly Unindexed[], options: Repairing): Promise<void> {
  const { parameters, ownBases } = options;
  await deleteDecisiveRows(
    session,
    rows.map(({ ty, id }) => ownHash(typeName(ty)!, id)),
  );
  const versions = (await selectVersionsOf(session, rows)).map(({ ty, content, deleted, upd, ...rest }) => ({
    ...rest,
    type: typeName(ty)!,
    upd: upd.getTime(),
    resource: deleted ? undefined : parsed(content),
  }));
  const consents = versions.filter(({ type, current }) => type === 'Consent' && current);
  if (consents.length > 0 && (await selectConsentsBuilt(session, consentDefinition))) {
    const placed = consents.map(({ rid, ver, id, resource, upd }) => ({
      of: rid,
      ver,
      row: consentRow(id, resource, upd, options),
    }));
    await session`with ${consentPart(session, placed)} select`.raw();
  }
  const labels = versions.flatMap(({ rid, ver, type, id, resource, current }) => {
    const row = labelRow({ type, id, resource }, parameters.labelling(), ownBases);
    return row === undefined ? [] : [{ of: rid, ver, row: current ? row : { ...row, members: undefined } }];
  });
  if (labels.length > 0) await session`with ${labelParts(session, labels)} select`.raw();
  await makeLinks(session, rows, options);
}

async function makeLinks(session: Session, rows: readonly Unindexed[], options: Repairing): Promise<void> {
  const built = new Set((await selectBuiltCare(session)).map(({ ty }) => ty));
  for (const [ty, some] of Map.groupBy(rows, (row) => row.ty)) {
    const type = typeName(ty)!;
    if (!isCareType(type) || !built.has(ty)) continue;
    const resources = await selectCareOf(session, { ty, ids: some.map(({ id }) => id) });
    await replaceCare(
      session,
      resources.map(({ id }) => ownHash(type, id)),
      resources.flatMap((resource) => heldRows(type, resource, options)),
    );
  }
}

async function removeStrays({ sql, parameters }: Repairing, rids: readonly number[]): Promise<void> {
  const own = sessionOn(sql, parameters.stored().active.tables);
  for (const table of madeTables) await deleteStrays(own, table, rids);
}

/** Labels for the versions that were stored before the rules in force. */
import { typeName } from '@dhp/fhir-model';
import type { LabelDefinition } from '@dhp/labels';
import type { Sql } from '@dhp/postgres';
import { awaitWriters } from '../await-writers.ts';
import {
  beginLabelling,
  noteLabelling,
  selectLabelling,
  type LabelDefinitionRow,
} from '../statements/label-definitions.ts';
import {
  deleteLabels,
  selectCurrentVersions,
  selectVersionsBefore,
  type UnlabelledVersion,
} from '../statements/label-build.ts';
import { labelParts, type PlacedLabels } from '../statements/labels.ts';
import type { Session } from '../statements/session.ts';
import { ownHash } from '../own-hash.ts';
import { labellingOf, labelRow, type Labelling } from './label-row.ts';

export interface LabelBuild {
  /** Called with the number of versions that this call has examined. */
  readonly onProgress?: (seen: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Examines each version in small steps, each durable: another call, of this server or another, continues after the last one. Current
 * versions come first, then earlier ones, so that no version moves past it. Writes continue meanwhile, and label their own versions.
 * @returns the number of versions that this call has examined
 */
export async function buildLabels(
  sql: Sql,
  ownBases: readonly string[],
  { onProgress, signal }: LabelBuild = {},
): Promise<number> {
  let seen = 0;
  const stopped = (): boolean => signal?.aborted === true;
  while (!stopped()) {
    const found = await selectLabelling(sql);
    if (found === undefined || found.phase === 'complete') return seen;
    await awaitWriters(sql, stopped); // a transaction that stores at this moment under earlier rules is not seen by the steps
    let labelling: Labelling | undefined;
    for (let isSame = true; isSame && !stopped();) {
      const count = await sql.begin(async (session): Promise<number | undefined> => {
        const row = await beginLabelling(session);
        if (row?.number !== found.number || row.rules === undefined || row.phase === 'complete') return undefined;
        labelling ??= labellingOf(row.number, row.rules);
        return step(session, row, labelling, ownBases);
      });
      isSame = count !== undefined;
      seen += count ?? 0;
      if (isSame) onProgress?.(seen);
    }
  }
  return seen;
}

async function step(
  session: Session,
  { number, phase, rid, ver, rules }: LabelDefinitionRow,
  labelling: Labelling,
  ownBases: readonly string[],
): Promise<number> {
  const isCurrent = phase === 'current';
  const versions = await (isCurrent
    ? selectCurrentVersions(session, rid)
    : selectVersionsBefore(session, { rid, ver }));
  const placed = versions.flatMap((version) => placedOf(version, labelling, ownBases, isCurrent) ?? []);
  const labelled = new Set(placed.flatMap(({ ver: at, row }) => (row.labels.length === 0 ? [] : `${row.own} ${at}`)));
  await deleteLabels(
    session,
    versions.map(named).filter(({ own, ver: at }) => !labelled.has(`${own} ${at}`)),
    number,
  );
  if (placed.length > 0) await session`with ${labelParts(session, placed)} select`.raw();
  const last = versions.at(-1);
  if (last !== undefined)
    await noteLabelling(session, { number, phase, rid: last.rid, ver: isCurrent ? -1 : last.ver });
  else if (isCurrent) await noteLabelling(session, { number, phase: 'before', rid: -1, ver: -1 });
  else {
    const withheld = (JSON.parse(rules!) as LabelDefinition).guarded;
    await noteLabelling(session, { number, phase: 'complete', rid, ver, withheld });
  }
  return versions.length;
}

function named({ ty, id, ver }: UnlabelledVersion): { readonly own: string; readonly ver: number } {
  return { own: ownHash(typeName(ty)!, id), ver };
}

/** The members of versions that are no longer current are ignored. */
function placedOf(
  { rid, ver, ty, id, content }: UnlabelledVersion,
  labelling: Labelling,
  ownBases: readonly string[],
  isCurrent: boolean,
): PlacedLabels | undefined {
  const resource =
    content === undefined ? undefined : (JSON.parse(content.toString('utf8')) as Readonly<Record<string, unknown>>);
  const row = labelRow({ type: typeName(ty)!, id, resource }, labelling, ownBases);
  return row && { of: rid, ver, row: isCurrent ? row : { ...row, members: undefined } };
}

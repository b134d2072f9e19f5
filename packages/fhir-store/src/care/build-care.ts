/** Links of care of the resources that were stored before there were any, or by a program that made other ones. */
import { heldAfter, linkKinds, linksOf, type CareMeans, type HeldLink } from '@dhp/care';
import { typeName, typeNumber } from '@dhp/fhir-model';
import type { JsonResource } from '@dhp/fhir-search';
import type { Session, Sql } from '@dhp/postgres';
import { careHash } from '@dhp/search-index/care';
import {
  beginCareBuild,
  lockCare,
  noteCareBuild,
  replaceCare,
  selectCareVersions,
  selectOutdated,
  type CareResource,
  type CareVersion,
  type HeldRow,
} from '../statements/care-build.ts';
import { ownHash } from '../own-hash.ts';
import { careDefinitionOf, heldLinks, subjectOf } from './care-rows.ts';

/** Resources of one transaction. Each is read with all its versions. */
const chunk = 50;

/**
 * Makes them in small steps, each durable: another call, of this server or another, continues after the last one. Writes of such resources
 * wait for a step, and no longer. A resource is read from its first version on, because the writer of a link is the writer of the version
 * that brought it.
 * @param types numbers of the types whose links are made
 * @param onProgress called with the number of resources whose links this call has made
 */
export async function buildCare(
  sql: Sql,
  types: readonly number[],
  means: CareMeans,
  { onProgress, signal }: { onProgress?: (made: number) => void; signal?: AbortSignal } = {},
): Promise<number> {
  let made = 0;
  for (const ty of types) {
    for (;;) {
      if (signal?.aborted === true) return made;
      const count = await step(sql, ty, means);
      if (count === undefined) break;
      made += count;
      if (count > 0) onProgress?.(made);
    }
  }
  return made;
}

/** @returns undefined when all of the type have their links */
async function step(sql: Sql, ty: number, means: CareMeans): Promise<number | undefined> {
  return sql.begin(async (session): Promise<number | undefined> => {
    const definition = careDefinitionOf(ty);
    const { upto, complete } = await beginCareBuild(session, { definition, ty });
    if (complete) return undefined;
    const type = typeName(ty)!;
    const resources = await selectCareVersions(session, { ty, behind: upto, limit: chunk });
    await makeAnew(session, type, resources, means);
    const last = resources.at(-1)?.id ?? upto;
    await noteCareBuild(session, { definition, ty, upto: last, complete: resources.length < chunk });
    return resources.length;
  });
}

/**
 * Makes the links of some resources again if they are not those of the current version: a server of an earlier release has stored that
 * version. Until then the resource gives nobody access by its links, and its members are not known. Works in steps, as `buildCare`: each
 * step is kept if a later one fails, and writes wait for one step at most.
 * @returns the number of resources
 */
export async function repairCare(
  sql: Sql,
  named: readonly { readonly type: string; readonly id: string }[],
  means: CareMeans,
): Promise<number> {
  let made = 0;
  for (const [type, all] of Map.groupBy(named, (one) => one.type)) {
    const ids = [...new Set(all.map(({ id }) => id))];
    for (let at = 0; at < ids.length; at += chunk)
      made += await repairSome(sql, type, ids.slice(at, at + chunk), means);
  }
  return made;
}

async function repairSome(sql: Sql, type: string, ids: readonly string[], means: CareMeans): Promise<number> {
  const asked = { ty: typeNumber(type)!, named: ids.map((id) => ({ id, own: ownHash(type, id) })) };
  const isWrong = ({ id, isLinked, versions }: CareResource): boolean =>
    isLinked || rowsOf(id, versions, means).length > 0;
  if (!(await selectOutdated(sql, asked)).some(isWrong)) return 0;
  return sql.begin(async (session) => {
    await lockCare(session);
    const outdated = (await selectOutdated(session, asked)).filter(isWrong); // the current ones, now that nobody writes
    await makeAnew(session, type, outdated, means);
    return outdated.length;
  });
}

async function makeAnew(
  session: Session,
  type: string,
  resources: readonly CareResource[],
  means: CareMeans,
): Promise<void> {
  await replaceCare(
    session,
    resources.map(({ id }) => ownHash(type, id)),
    resources.flatMap((resource) => heldRows(type, resource, means)),
  );
}

/** The rows of a resource, by all its versions. */
export function heldRows(type: string, { rid, shard, id, versions }: CareResource, means: CareMeans): HeldRow[] {
  return rowsOf(id, versions, means).map((row) => ({ rid, shard, own: ownHash(type, id), ...row }));
}

function rowsOf(
  id: string,
  versions: readonly CareVersion[],
  means: CareMeans,
): Omit<HeldRow, 'rid' | 'shard' | 'own'>[] {
  let held: HeldLink[] = [];
  const { ver } = versions.at(-1)!;
  for (const { content, upd, writer } of versions) {
    const resource = content === undefined ? undefined : (JSON.parse(content) as JsonResource);
    const links = resource === undefined ? [] : heldLinks(linksOf(resource, id, upd, means));
    held = heldAfter(held, links, subjectOf(writer) ?? undefined);
  }
  return held.map(({ kind, of, actor, since, until, by }) => ({
    kind: linkKinds.indexOf(kind) + 1,
    target: String(careHash.reference(of)),
    actor: String(careHash.reference(actor)),
    since: Number.isFinite(since) ? since : null,
    until: Number.isFinite(until) ? until : null,
    subject: by ?? null,
    ver,
  }));
}

import type { Session } from './session.ts';
import { booleanOf, numberOf, type Column } from './columns.ts';
import { readOfPlace } from '../placement/place.ts';
import type { ResourceKey } from './read-current.ts';

/** Authority of a write through the API: a client's own, a person's, or that of one patient's record. */
export type WriterKind = 'system' | 'user' | 'patient';

/**
 * Writer of a version. `internal`: the platform itself (seeds, packages, imports from the command line). Otherwise: the bearer of an access
 * token, with the client and the subject that the token names, and the id of the Patient whose record it was for.
 */
export type Writer =
  | { readonly kind: 'internal' }
  | {
      readonly kind: WriterKind;
      readonly client: string;
      readonly subject: string;
      readonly patient?: string;
      /** References to the organisations for which a client writes by itself; undefined if they are unknown, or the caller is of another kind. */
      readonly organizations?: readonly string[];
    };

/** The writer of a version. `writer` is undefined for one from before writers were recorded. */
export interface WrittenBy {
  readonly versionId: number;
  readonly lastUpdated: Date;
  readonly deleted: boolean;
  readonly writer: Writer | undefined;
}

const letters = { internal: 'i', system: 's', user: 'u', patient: 'p' } as const;
const kinds = { i: 'internal', s: 'system', u: 'user', p: 'patient' } as const;

/**
 * For the column `writer`: a JSON array of the kind's letter, the client, the subject if it is not the client, the patient, and the organisations,
 * which are an empty list if the client acts for none: earlier servers left them out in any case. Some 30 bytes for a system, 100 for a person, beside
 * bodies of 1 to 2 kB.
 */
export function writerText(writer: Writer | undefined): string {
  if (writer === undefined || writer.kind === 'internal') return '["i"]';
  const { kind, client, subject, patient, organizations } = writer;
  const own = subject === client ? null : subject;
  const all = [letters[kind], client, own, patient ?? null, organizations];
  return JSON.stringify(all.slice(0, organizations !== undefined ? 5 : patient === undefined ? 3 : 4));
}

/** Undefined if it is not known. */
function writerOf(column: Column | undefined): Writer | undefined {
  if (column === null || column === undefined) return undefined;
  const [letter, client, subject, patient, organizations] = JSON.parse(column.toString('utf8')) as [
    keyof typeof kinds,
    string?,
    (string | null)?,
    (string | null)?,
    string[]?,
  ];
  const kind = kinds[letter];
  if (kind === 'internal') return { kind };
  return {
    ...{ kind, client: client!, subject: subject ?? client! },
    ...(typeof patient === 'string' && { patient }),
    ...(organizations !== undefined && organizations.length > 0 && { organizations }),
  };
}

/** The writers of all versions, newest first; empty when the resource never existed. */
export async function readWriters(sql: Session, key: ResourceKey, isSpread: boolean): Promise<WrittenBy[]> {
  const rows = await readOfPlace(sql, key, isSpread, ({ d, where }) =>
    sql`
    select v.ver, (date_part('epoch', v.upd) * 1000)::bigint, v.deleted, v.writer
    from ${d}
    cross join lateral (
      select r.ver, r.upd, r.deleted, r.writer from fhir.resource r where r.rid = d.rid and r.shard = d.shard
      union all
      select h.ver, h.upd, h.deleted, h.writer from fhir.history h where h.rid = d.rid and h.shard = d.shard
    ) v
    where ${where}
    order by v.ver desc`.raw(),
  );
  const there = (rows as unknown as Column[][]).map(writtenBy);
  return isSpread || there.length === 0 ? there : [...there, ...(await readPurged(sql, key))].sort(byVersion);
}

const byVersion = (a: WrittenBy, b: WrittenBy): number => b.versionId - a.versionId;

function writtenBy([ver, upd, deleted, writer]: Column[]): WrittenBy {
  return {
    versionId: numberOf(ver),
    lastUpdated: new Date(numberOf(upd)),
    deleted: booleanOf(deleted),
    writer: writerOf(writer),
  };
}

/** The writers of versions that were purged. */
async function readPurged(sql: Session, key: ResourceKey): Promise<WrittenBy[]> {
  const rows = await sql`
    select p.ver, (date_part('epoch', p.upd) * 1000)::bigint, false, p.writer
    from fhir.purged_version p where p.ty = ${key.ty} and p.id = ${key.id}`.raw();
  return (rows as unknown as Column[][]).map(writtenBy);
}

/**
 * Returns the creator of the resource that exists, or existed until it was deleted: the writer of version 1, or of the version that
 * restored it after the previous deletion. Undefined when it is not known.
 */
export async function readCreator(sql: Session, key: ResourceKey, isSpread: boolean): Promise<Writer | undefined> {
  const rows = await readOfPlace(sql, key, isSpread, ({ d, where }) =>
    sql`
    select v.writer
    from ${d}
    cross join lateral (
      select coalesce(max(h.ver), 0) + 1 as ver from fhir.history h
      where h.rid = d.rid and h.shard = d.shard and h.deleted
    ) first
    cross join lateral (
      select r.writer from fhir.resource r where r.rid = d.rid and r.shard = d.shard and r.ver = first.ver
      union all
      select h.writer from fhir.history h where h.rid = d.rid and h.shard = d.shard and h.ver = first.ver
    ) v
    where ${where}`.raw(),
  );
  const [row] = rows as unknown as Column[][];
  if (row !== undefined || isSpread) return writerOf(row?.[0]);
  // Its first version may have been purged; deletions never are.
  const rest = await sql`
    select p.writer
    from fhir.identity d
    join fhir.purged_version p on p.ty = d.ty and p.id = d.id
    where d.ty = ${key.ty} and d.id = ${key.id} and p.ver = (
      select coalesce(max(h.ver), 0) + 1 from fhir.history h where h.rid = d.rid and h.shard = d.shard and h.deleted)`.raw();
  return writerOf((rest as unknown as Column[][])[0]?.[0]);
}

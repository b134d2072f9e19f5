/**
 * The objects of a database by name, to compare those of two servers, and the objects that a running platform has created beside its
 * migrations.
 */
import type { Session } from '../driver/sql.ts';
import { UpgradeError, type Sides } from './failure.ts';

interface DatabaseObject {
  readonly kind: string;
  readonly name: string;
  /** The properties that must match on the other server. Texts of definitions are left out: each major version writes them differently. */
  readonly detail: string;
  /** The statement that creates it, for partitions, functions and indexes. */
  readonly make: string | null;
  /** The statement that removes it; of partitions and indexes. */
  readonly drop: string | null;
}

/** Schemas of the program, without those of PostgreSQL and of the upgrade itself. */
export const ours = `n.nspname not like 'pg\\_%' and n.nspname not in ('information_schema', 'dhp_upgrade')`;

const partitionOf = `from pg_inherits i where i.inhrelid = c.oid`;
const objects = `
  select 'relation' as kind, c.oid::regclass::text as name,
    concat_ws(' ', c.relkind, c.relpersistence, (select i.inhparent::regclass::text ${partitionOf} limit 1),
      array_to_string(c.reloptions, ', ')) as detail,
    case when c.relispartition and c.relkind = 'r' then format('create %s table %s partition of %s %s %s',
      case c.relpersistence when 'u' then 'unlogged' else '' end, c.oid::regclass,
      (select i.inhparent::regclass ${partitionOf} limit 1), pg_get_expr(c.relpartbound, c.oid),
      'with (' || array_to_string(c.reloptions, ', ') || ')') end as make,
    case when c.relispartition and c.relkind = 'r' then format('drop table %s', c.oid::regclass) end as drop
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${ours} and c.relkind in ('r', 'p', 'v', 'm', 'S', 'c', 'f')
  union all
  select 'column', format('%s.%I', c.oid::regclass, a.attname),
    concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated, a.attidentity, a.atthasdef), null, null
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  where ${ours} and c.relkind in ('r', 'p', 'c') and a.attnum > 0 and not a.attisdropped
  union all
  select 'index', c.oid::regclass::text, concat_ws(' ', x.indrelid::regclass, x.indisunique, c.relkind),
    case when c.relkind = 'i' then pg_get_indexdef(c.oid) end, case when c.relkind = 'i' then format('drop index %s', c.oid::regclass) end
  from pg_index x join pg_class c on c.oid = x.indexrelid join pg_namespace n on n.oid = c.relnamespace
  where ${ours} and x.indisvalid and not c.relispartition and not exists (select from pg_constraint k where k.conindid = c.oid)
  union all
  select 'constraint', format('%s.%I', k.conrelid::regclass, k.conname), k.contype::text, null, null
  from pg_constraint k join pg_namespace n on n.oid = k.connamespace
  where ${ours} and k.contype in ('p', 'u', 'f', 'c', 'x') and k.conparentid = 0
  union all
  select 'function', p.oid::regprocedure::text, concat_ws(' ', p.prokind, p.prosecdef, p.provolatile, p.proisstrict, md5(p.prosrc)),
    case when p.prokind in ('f', 'p') then pg_get_functiondef(p.oid) end, null
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where ${ours} and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
  union all
  select 'trigger', format('%s.%I', t.tgrelid::regclass, t.tgname), t.tgtype::text, null, null
  from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
  where ${ours} and not t.tgisinternal and t.tgparentid = 0
  union all
  select 'extension', e.extname, '', null, null from pg_extension e
  union all
  select 'statistics', s.stxname::text, s.stxrelid::regclass::text, null, null
  from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where ${ours}
  union all
  select 'setting', split_part(one, '=', 1), one, null, null
  from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase and d.datname = current_database(), unnest(s.setconfig) as one
  where s.setrole = 0`;

const keyOf = ({ kind, name }: DatabaseObject): string => `${kind} ${name}`;

async function objectsOf(sql: Session): Promise<Map<string, DatabaseObject>> {
  const rows = await sql.unsafe<DatabaseObject[]>(objects);
  return new Map(rows.map((row) => [keyOf(row), row]));
}

/** Objects that only one of the two has, or that differ. */
async function difference({ from, to }: Sides): Promise<{ missing: DatabaseObject[]; extra: DatabaseObject[] }> {
  const [here, there] = [await objectsOf(from), await objectsOf(to)];
  const lacks = (one: Map<string, DatabaseObject>, other: DatabaseObject): boolean =>
    one.get(keyOf(other))?.detail !== other.detail;
  return {
    missing: [...here.values()].filter((one) => lacks(there, one)),
    extra: [...there.values()].filter((one) => lacks(here, one)),
  };
}

/**
 * Creates the objects that a running platform creates beside the migrations, such as the partitions of months, removes current ones that
 * the copy has in excess, and removes the indexes that `makeIndexes` creates again: without them, rows are copied in a fraction of the
 * time.
 * @throws UpgradeError that names remaining differences
 */
export async function likeTheOther(sides: Sides): Promise<void> {
  const { missing, extra } = await difference(sides);
  for (const { kind, drop } of extra) if (kind === 'relation' && drop !== null) await sides.to.unsafe(drop);
  for (const { kind, make } of missing)
    if (make !== null && kind !== 'index') await sides.to.unsafe(kind === 'function' ? orReplace(make) : make);
  for (const { kind, drop } of (await objectsOf(sides.to)).values())
    if (kind === 'index' && drop !== null) await sides.to.unsafe(drop);
  await assertAlike(sides, ({ kind }) => kind !== 'index');
}

const orReplace = (text: string): string => text.replace(/^CREATE (?:OR REPLACE )?/i, 'create or replace ');

/** Creates the other server's indexes. Resumes an earlier call. */
export async function makeIndexes(sides: Sides, onProgress: (done: number, total: number) => void): Promise<void> {
  const { missing } = await difference(sides);
  const indexes = missing.filter(({ kind, make }) => kind === 'index' && make !== null);
  for (const [done, { make }] of indexes.entries()) {
    onProgress(done, indexes.length);
    await sides.to.unsafe(make!);
  }
  await assertAlike(sides, () => true);
}

async function assertAlike(sides: Sides, isAsked: (object: DatabaseObject) => boolean): Promise<void> {
  const { missing, extra } = await difference(sides);
  const names = [...missing, ...extra].filter(isAsked).map(keyOf);
  if (names.length === 0) return;
  const some = [...new Set(names)].slice(0, 5).join(', ');
  throw new UpgradeError(
    'upgrade-schema',
    `The new database cannot be made like the old one: they differ in ${String(names.length)} objects (${some})`,
  );
}

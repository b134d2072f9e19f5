/**
 * Shards that have resources of a patient. Nearly all are in the patient's own; a resource that is in the compartments of several patients,
 * or that names one by an address of this server, is in another, which is noted before the resource is stored. So a search by a patient
 * need not ask all. docs/decisions/0186-searches-by-patient.md
 */
import type { Session, Sql } from '@dhp/postgres';
import { typeName, typeNumber } from '@dhp/fhir-model';
import { hash64, keyOf, oneOfPatients, referenceText } from '@dhp/search-index/keys';
import { numbers, textOf, type Among, type Column } from '@dhp/search-index/sql';
import type { ShardMap } from './shard-map.ts';
import { shardKeyOf } from './shard-key.ts';

/** A shard, by its name, that has resources of the type of a patient, given by the hash of its name. */
export interface PatientShard {
  readonly pat: bigint;
  readonly ty: number;
  readonly shard: number;
}

/** Patients of one resource from which on it is noted for all of them at once. */
const mostPatients = 200;
/** Stands for any patient. */
const anyPatient = 0n;

/** Notes that must be stored before a resource; most resources need none. @param patients in whose compartments it is */
export function patientShardsOf(
  map: ShardMap,
  { ty, key, patients }: { readonly ty: number; readonly key: number; readonly patients: readonly string[] },
): PatientShard[] {
  const shard = map.nameOf(key);
  const others = patients.filter((id) => map.nameOf(shardOfPatient(id)) !== shard);
  if (others.length > mostPatients) return [{ pat: anyPatient, ty, shard }];
  return others.map((id) => ({ pat: hashOfPatient(id), ty, shard }));
}

function shardOfPatient(id: string): number {
  return shardKeyOf({ resourceType: 'Patient' }, id);
}

function hashOfPatient(id: string): bigint {
  return hash64(referenceText('Patient', id));
}

/** Stores the notes durably before it returns, lest a resource outlive its note: a node has its own log. */
export async function notePatientShards(sql: Sql, notes: readonly PatientShard[]): Promise<void> {
  await sql.begin(async (session) => {
    await session`set local synchronous_commit = on`;
    await session`
      insert into fhir.patient_shard (pat, ty, shard)
      select pat, ty, shard from unnest(${`{${notes.map(({ pat }) => pat).join(',')}}`}::bigint[],
        ${numbers(notes.map(({ ty }) => ty))}::smallint[], ${numbers(notes.map(({ shard }) => shard))}::int[]) as n (pat, ty, shard)
      order by pat, ty, shard on conflict do nothing`;
  });
}

/** Returns the notes that are not stored. */
export async function lackingPatientShards(sql: Session, notes: readonly PatientShard[]): Promise<PatientShard[]> {
  if (notes.length === 0) return [];
  const rows = await sql<{ n: number }[]>`
    select i.n::int as n from unnest(${`{${notes.map(({ pat }) => pat).join(',')}}`}::bigint[],
      ${numbers(notes.map(({ ty }) => ty))}::smallint[], ${numbers(notes.map(({ shard }) => shard))}::int[]) with ordinality as i (pat, ty, shard, n)
    where not exists (select 1 from fhir.patient_shard p where p.pat = i.pat and p.ty = i.ty and p.shard = i.shard)`;
  return rows.map(({ n }) => notes[n - 1]!);
}

/** A column with the shards beside their own that are noted of patients, for a statement on the node that clients speak to. */
export function notedShards({ types, patients }: Among, at: number): { text: string; parameters: string[] } {
  const hashes = [anyPatient, ...patients.map(hashOfPatient)];
  return {
    text: `array(select shard from fhir.patient_shard where pat = any($${at}::bigint[]) and ty = any($${at + 1}::smallint[]))::text`,
    parameters: [`{${hashes.join(',')}}`, numbers(types.map((type) => typeNumber(type) ?? -1))],
  };
}

/** Names of the shards that have some of the requested resources, as an array of PostgreSQL. @param noted the column of `notedShards` */
export function shardsAmong(map: ShardMap, { patients }: Among, noted: Column): string {
  const others = textOf(noted).slice(1, -1);
  const names = new Set(others === '' ? [] : others.split(',').map(Number));
  for (const id of patients) names.add(map.nameOf(shardOfPatient(id)));
  return numbers([...names]);
}

/** A stored resource as `noteStoredPatientShards` reads it. */
interface Stored {
  readonly rid: string;
  readonly ty: number;
  readonly id: string;
  readonly shard: number;
  readonly pat: string | null;
  /** Set if it has no `pat`, and may be in the compartments of several patients. */
  readonly keys: string | null;
  readonly content: string | null;
}

/** Resources that are looked through at once. */
const part = 2_000;

/** Notes the resources that were stored before the tables were spread. There must be no writes meanwhile. */
export async function noteStoredPatientShards(sql: Sql, map: ShardMap): Promise<void> {
  for (let [rid, found] = ['-1', part]; found === part;) {
    const page = await sql<Stored[]>`
      select r.rid, r.ty, r.id, r.shard, s.pat, s.keys::text, r.content
      from (select rid, shard, ty, id, case when content like '%Patient/%' then content end as content
            from fhir.resource where rid > ${rid}::bigint order by rid limit ${part}::int) r
      join fhir.search s on s.rid = r.rid and s.shard = r.shard order by r.rid`;
    const notes = page.flatMap((stored) => noted(map, stored));
    if (notes.length > 0) await notePatientShards(sql, notes);
    [rid, found] = [page.at(-1)?.rid ?? rid, page.length];
  }
}

function noted(map: ShardMap, { ty, id, shard: key, pat, keys, content }: Stored): PatientShard[] {
  const type = typeName(ty)!;
  if (pat !== null) {
    // In its own shard, although it has one patient, whom it names by an address. The hash does not reveal the id, so the shard is noted in
    // any case.
    const isApart = type !== 'Patient' && key === shardKeyOf({ resourceType: type }, id);
    return isApart ? [{ pat: BigInt(pat), ty, shard: map.nameOf(key) }] : [];
  }
  if (content === null) return [];
  const known = new Set(keys?.slice(1, -1).split(','));
  const named = new Set([...content.matchAll(/Patient\/([A-Za-z0-9.-]{1,64})/g)].map(([, patient]) => patient!));
  const patients = [...named].filter((patient) =>
    known.has(String(keyOf(oneOfPatients, referenceText('Patient', patient)))),
  );
  return patientShardsOf(map, { ty, key, patients });
}

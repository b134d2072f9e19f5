import type { Sql } from '@dhp/postgres';
import type { NewPackage, PackageMember, PackageName } from '../installed-package.ts';

/** A package that is being installed. Members that it brought before and no longer brings stay noted, so that its removal finds them. */
export async function insertPackage(
  sql: Sql,
  { name, version, title, canonical, dependencies, origin, by }: NewPackage,
  members: readonly Omit<PackageMember, 'package'>[],
): Promise<void> {
  const rows = JSON.stringify(members.map(({ version: resourceVersion, ...row }) => ({ ...row, resourceVersion })));
  await sql.begin(async (transaction) => {
    await transaction`
      insert into fhir.package (name, version, title, canonical, dependencies, origin, installed_by)
      values (${name}, ${version}, ${title ?? null}, ${canonical ?? null},
              ${JSON.stringify(dependencies)}::text::jsonb, ${origin}, ${by})
      on conflict (name, version) do update
      set title = excluded.title, canonical = excluded.canonical, dependencies = excluded.dependencies,
          origin = excluded.origin, installed = now(), installed_by = excluded.installed_by, complete = false`;
    await transaction`
      insert into fhir.package_resource (name, version, type, id, url, resource_version, hash, adopted)
      select ${name}, ${version}, type, id, url, "resourceVersion", decode(hash, 'hex'), adopted
      from jsonb_to_recordset(${rows}::text::jsonb)
           as m (type text, id text, url text, "resourceVersion" text, hash text, adopted boolean)
      on conflict (name, version, type, id) do update
      set url = excluded.url, resource_version = excluded.resource_version, hash = excluded.hash,
          adopted = excluded.adopted`;
  });
}

export async function forgetMember(sql: Sql, { name, version }: PackageName, type: string, id: string): Promise<void> {
  await sql`
    delete from fhir.package_resource
    where (name, version, type, id) = (${name}, ${version}, ${type}, ${id})`;
}

export async function markComplete(sql: Sql, { name, version }: PackageName): Promise<void> {
  await sql`update fhir.package set complete = true where (name, version) = (${name}, ${version})`;
}

export async function deletePackage(sql: Sql, { name, version }: PackageName): Promise<void> {
  await sql`delete from fhir.package where (name, version) = (${name}, ${version})`;
}

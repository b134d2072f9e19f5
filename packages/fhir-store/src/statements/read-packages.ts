import type { Sql } from '@dhp/postgres';
import type { InstalledPackage, PackageMember } from '../installed-package.ts';

export async function readPackages(sql: Sql): Promise<InstalledPackage[]> {
  const rows = await sql<PackageRow[]>`
    select name, version, title, canonical, dependencies::text, origin, installed, installed_by, complete,
           (select count(*)::int from fhir.package_resource r where (r.name, r.version) = (p.name, p.version)) as resources
    from fhir.package p
    order by name, version`;
  return rows.map(({ title, canonical, dependencies, installed_by: by, ...row }) => ({
    ...row,
    title: title ?? undefined,
    canonical: canonical ?? undefined,
    dependencies: JSON.parse(dependencies) as Record<string, string>,
    by,
  }));
}

export async function readMembers(sql: Sql): Promise<PackageMember[]> {
  const rows = await sql<MemberRow[]>`
    select name, version, type, id, url, resource_version, encode(hash, 'hex') as hash, adopted
    from fhir.package_resource
    order by name, version, type, id`;
  return rows.map(({ name, version, url, resource_version: resourceVersion, ...row }) => ({
    ...row,
    package: { name, version },
    url: url ?? undefined,
    version: resourceVersion ?? undefined,
  }));
}

interface PackageRow {
  name: string;
  version: string;
  title: string | null;
  canonical: string | null;
  dependencies: string;
  origin: string;
  installed: Date;
  installed_by: string;
  complete: boolean;
  resources: number;
}

interface MemberRow {
  name: string;
  version: string;
  type: string;
  id: string;
  url: string | null;
  resource_version: string | null;
  hash: string;
  adopted: boolean;
}

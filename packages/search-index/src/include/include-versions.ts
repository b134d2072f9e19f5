/** A reference to a version brings that version. https://hl7.org/fhir/R5/search.html#versions */
import { typeNumber } from '@dhp/fhir-model';
import type { Include, JsonResource } from '@dhp/fhir-search';
import { referencesOf } from '../indexing/references-of.ts';
import type { FoundVersion } from '../page/found-version.ts';
import { numbers, separator, textOf } from '../sql/columns.ts';
import { unpackColumn } from '../sql/packed.ts';
import type { Finding } from '../page/find-rows.ts';
import { together } from '../sql/run.ts';
import type { Visible } from './include-statement.ts';
import type { IncludeOptions } from './include-options.ts';
import { pageRow } from '../page/page.ts';
import { isEverything } from '../row-condition/row-condition.ts';

/**
 * Targets of the references of `resources`, with the versions that they name; the set contains `undefined` if a reference names no version.
 */
type Named = ReadonlyMap<string, ReadonlySet<number | undefined>>;

/**
 * The current versions that were found, or in their places those to which the references point. Resources of which a caller may see only
 * parts are shown in their current version: an older one may have none of these parts.
 * @param most versions; one resource may be named in several
 */
export async function inNamedVersions(
  finding: Pick<Finding, 'sql' | 'run'>,
  found: readonly FoundVersion[],
  referring: { readonly includes: readonly Include[]; readonly from: readonly FoundVersion[] },
  { visible, most, ...reading }: Pick<IncludeOptions, 'ownBases' | 'own'> & { visible: Visible; most: number },
): Promise<{ shown: readonly FoundVersion[]; cut: boolean }> {
  const all = { shown: found.slice(0, most), cut: found.length > most };
  if (found.length === 0 || !referring.from.some(({ content }) => content.includes('/_history/'))) return all;
  const named = namedBy(referring.includes, referring.from, reading);
  const older: { readonly name: string; readonly version: FoundVersion; readonly versionId: number }[] = [];
  for (const version of found) {
    const rule = await visible(version.type);
    if (rule === undefined || !isEverything(rule)) continue;
    const name = nameOf(version);
    for (const versionId of named.get(name) ?? []) {
      if (versionId !== undefined && versionId !== version.versionId) older.push({ name, version, versionId });
    }
  }
  if (older.length === 0) return all;
  const versions = new Map(
    (await readOlder(finding, older.slice(0, most))).map((version) => [
      `${nameOf(version)}/${version.versionId}`,
      version,
    ]),
  );
  const shown = found.flatMap((version) => {
    const name = nameOf(version);
    const asked = [...(named.get(name) ?? [undefined])];
    return [...new Set(asked.map((versionId) => versions.get(`${name}/${versionId}`) ?? version))];
  });
  return { shown: shown.slice(0, most), cut: older.length > most || shown.length > most };
}

function namedBy(
  includes: readonly Include[],
  from: readonly FoundVersion[],
  reading: Pick<IncludeOptions, 'ownBases' | 'own'>,
): Named {
  const named = new Map<string, Set<number | undefined>>();
  for (const { content } of from) {
    const resource = JSON.parse(content.toString()) as JsonResource;
    for (const { direction, source, parameter, target, except } of includes) {
      if (direction !== 'include' || (source !== '*' && source !== resource.resourceType)) continue;
      for (const found of referencesOf(resource, parameter === '*' ? '*' : [parameter], reading)) {
        if (except?.has(`${resource.resourceType}.${found.parameter}`) === true) continue;
        const { type, id, version } = found;
        if (type === undefined || id === undefined || (target !== undefined && target !== type)) continue;
        const name = `${type}/${id}`;
        const versions = named.get(name) ?? new Set();
        versions.add(version !== undefined && /^[1-9]\d{0,8}$/.test(version) ? Number(version) : undefined);
        named.set(name, versions);
      }
    }
  }
  return named;
}

async function readOlder(
  { sql, run }: Pick<Finding, 'sql' | 'run'>,
  older: readonly { readonly version: FoundVersion; readonly versionId: number }[],
): Promise<FoundVersion[]> {
  const types = numbers(older.map(({ version }) => typeNumber(version.type)!));
  const ids = older.map(({ version }) => version.id).join(separator);
  const rows = await run(
    sql,
    sql`
      select h.ty, d.id, h.ver, (date_part('epoch', h.upd) * 1000)::bigint,
        case when h.packed is null then h.content
          else concat(chr(1), h.dictionary, ' ', h.size, ' ', encode(h.packed, 'hex')) end, h.rid
      from unnest(${types}::text::smallint[], string_to_array(${ids}::text, ${separator}),
        ${numbers(older.map(({ versionId }) => versionId))}::text::int[]) as w (ty, id, ver)
      join fhir.identity d on d.ty = w.ty and d.id = w.id
      cross join lateral (
        select * from fhir.history h where h.rid = d.rid and h.shard = d.shard and h.ver = w.ver and not h.deleted limit 1) h`,
    'included versions',
    together,
  );
  await unpackColumn(rows, 4, async (number) => {
    const asked = sql`select encode(bytes, 'hex') from fhir.dictionary where number = ${number}::int`;
    const [row] = await run(sql, asked, 'dictionary of versions');
    return row === undefined ? undefined : Buffer.from(textOf(row[0]), 'hex');
  });
  return rows.map((row) => pageRow(row).version);
}

function nameOf({ type, id }: FoundVersion): string {
  return `${type}/${id}`;
}

/**
 * `includeAssociatedData`: the Provenance of exported resources, and no other. https://hl7.org/fhir/uv/bulkdata/export.html
 * docs/decisions/0159-associated-data.md
 */
import type { JsonResource } from '@dhp/fhir-search';
import type { StoredVersion } from '@dhp/fhir-store';
import type { ExportStore } from '@dhp/fhir-store/jobs';
import { headerOf, type Call, type Services } from '../../contract/interaction.ts';
import { isLenient } from '../../http/negotiate.ts';
import { invalid, isObject } from '../input.ts';
import type { Input } from '../operation.ts';
import { addName, pagesOf, targetsOf } from './targets.ts';

/** Of each resource the newest Provenance, or all. */
export type Associated = 'latest' | 'relevant';

const name = 'includeAssociatedData';
const values: ReadonlyMap<unknown, Associated> = new Map([
  ['LatestProvenanceResources', 'latest'],
  ['RelevantProvenanceResources', 'relevant'],
]);
/** Where the codes are, and where the guide says that they will be. */
const systems: readonly unknown[] = [
  'http://hl7.org/fhir/uv/bulkdata/CodeSystem/include-associated-data',
  'http://terminology.hl7.org/CodeSystem/include-associated-data',
];

/** Of several values the one that gives most. Fails with `parameter-invalid` for an unknown one, unless the client is lenient. */
export function readAssociated(call: Call, input: Input): Associated | undefined {
  const asked = new Set<Associated>();
  for (const code of (input.get(name) ?? []).flatMap(codesIn)) {
    const one = values.get(code);
    if (one !== undefined) asked.add(one);
    else if (!isLenient(headerOf(call, 'prefer'))) refuse(code);
  }
  return asked.has('relevant') ? 'relevant' : asked.values().next().value;
}

/** A Coding of 4.0, or codes as before it. */
function codesIn(value: unknown): unknown[] {
  if (!isObject(value)) {
    const codes = String(value)
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '');
    return codes.length === 0 ? [''] : codes;
  }
  const { system, code } = value;
  return system === undefined || systems.includes(system) ? [code] : [{ system, code }];
}

function refuse(code: unknown): never {
  const shown = code === undefined ? 'a Coding without a code' : JSON.stringify(code).slice(0, 100);
  return invalid(name, `${name} is ${[...values.keys()].join(' or ')}, not ${shown}.`);
}

type NewestRow = Parameters<ExportStore['noteNewest']>[1][number];

/** The newest Provenance of each resource, as it is noted while an export runs. */
export interface Newest {
  readonly note: (rows: readonly NewestRow[]) => Promise<void>;
  /** Ids of Provenances by their targets, as `Type/id`. */
  readonly of: (targets: readonly string[]) => Promise<ReadonlyMap<string, string>>;
}

interface Of {
  readonly types: readonly string[];
  readonly until: Date;
  /** Absent if all are meant. */
  readonly newest?: Newest | undefined;
  /** The time before which nothing of the targets is meant. */
  readonly since: Date | undefined;
  /** Those versions of a type that the export has, in `output` or in `deleted`. */
  readonly told: (type: string, versions: readonly StoredVersion[]) => Promise<readonly StoredVersion[]>;
}

/** Notes Provenances that the caller sees, of any resource that may be exported. */
export async function noteNewest(
  { baseUrl }: Services,
  { types, newest }: Pick<Of, 'types' | 'newest'>,
  seen: readonly StoredVersion[],
): Promise<void> {
  const rows = new Map<string, NewestRow>();
  for (const { id, content, lastUpdated } of seen) {
    const provenance = JSON.parse(content.toString('utf8')) as JsonResource;
    const stored = lastUpdated.getTime();
    const said = Date.parse(String(provenance['recorded']));
    for (const target of ownTargets(provenance, baseUrl, types)) {
      const row = { target, recorded: Number.isNaN(said) ? stored : said, stored, provenance: id };
      const known = rows.get(target);
      if (known === undefined || isNewer(row, known)) rows.set(target, row);
    }
  }
  if (rows.size > 0) await newest?.note([...rows.values()]);
}

function isNewer(one: NewestRow, other: NewestRow): boolean {
  if (one.recorded !== other.recorded) return one.recorded > other.recorded;
  return one.stored !== other.stored ? one.stored > other.stored : one.provenance > other.provenance;
}

/** Of some Provenances that the caller sees, those about exported resources, independent of the times of the Provenances. */
export async function associatedIn(
  services: Services,
  { types, until, newest, since, told }: Of,
  seen: readonly StoredVersion[],
): Promise<StoredVersion[]> {
  const about = new Map<StoredVersion, readonly string[]>();
  const wanted = new Map<string, Set<string>>();
  for (const version of seen) {
    const provenance = JSON.parse(version.content.toString('utf8')) as JsonResource;
    const targets = ownTargets(provenance, services.baseUrl, types);
    about.set(version, targets);
    for (const target of targets) addName(wanted, ...(target.split('/') as [string, string]));
  }
  const exported = new Set<string>();
  for await (const [type, page] of pagesOf(services, wanted, { until, since }))
    for (const { id, deleted } of await told(type, page)) if (!deleted) exported.add(`${type}/${id}`);
  const newestOf = await newest?.of([...exported]);
  const isMeant = ({ id }: StoredVersion, target: string): boolean =>
    exported.has(target) && (newestOf === undefined || newestOf.get(target) === id);
  return [...about].flatMap(([version, targets]) => (targets.some((one) => isMeant(version, one)) ? [version] : []));
}

/** Names of the targets that may be exported; a Provenance of a Provenance is associated with nothing. */
function ownTargets(provenance: JsonResource, baseUrl: string, types: readonly string[]): string[] {
  const all = targetsOf(provenance, baseUrl).filter(([type]) => type !== 'Provenance' && types.includes(type));
  return [...new Set(all.map((each) => each.join('/')))];
}

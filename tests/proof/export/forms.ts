/** Lines of exports by patients, and of those with the newest Provenance, beside the plainest way to choose them. */
import type { Version } from '../../../apps/fhir/test/export-exactness.ts';
import type { StoredProvenance } from './history.ts';

export interface Line {
  readonly type: string;
  readonly id: string;
  readonly resource: Readonly<Record<string, unknown>>;
  /** The patient of the header before it, as a reference. */
  readonly block: string | undefined;
}

/** The lines of a file without its headers. */
export function linesIn(text: string): Line[] {
  let block: string | undefined;
  return text.split('\n').flatMap((line) => {
    if (line === '') return [];
    const resource = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const { resourceType, id = '', parameter } = resource as { resourceType: string; id?: string; parameter?: unknown };
    if (resourceType !== 'Parameters') return [{ type: resourceType, id, resource, block }];
    [
      {
        valueReference: { reference: block },
      },
    ] = parameter as [{ valueReference: { reference: string } }];
    return [];
  });
}

/** @param versions of Observations, oldest first, among others */
export function faultsOfBlocks(
  versions: readonly Version[],
  lines: readonly Line[],
  transactionTime: string,
  tag: string,
): string[] {
  const until = new Date(transactionTime).getTime();
  const then = new Map<string, string | undefined>();
  for (const { name, at, content } of versions)
    if (at <= until && name.startsWith('Observation/')) then.set(name, content);
  const expected = new Map<string, string>();
  for (const [name, content] of then) {
    if (content === undefined) continue;
    const { subject } = JSON.parse(content) as { subject: { reference: string } };
    expected.set(`${subject.reference} ${name}`, content);
  }
  const faults: string[] = [];
  for (const { type, id, block, resource } of lines) {
    if (type !== 'Observation' || !id.startsWith(tag)) continue;
    const name = `${block ?? 'no block'} ${type}/${id}`;
    const content = expected.get(name);
    if (content === undefined) faults.push(`${name} is there, or comes twice`);
    else if (JSON.stringify(JSON.parse(content)) !== JSON.stringify(resource))
      faults.push(`${name} is another version`);
    expected.delete(name);
  }
  return [...faults, ...[...expected.keys()].map((name) => `${name} is missing`)];
}

/** The newest has the latest time of recording; of those of the same it was stored last, and has the last id. */
export function faultsOfNewest(
  provenances: readonly StoredProvenance[],
  lines: readonly Line[],
  transactionTime: string,
): string[] {
  const until = new Date(transactionTime).getTime();
  const there = new Set(lines.filter(({ type }) => type !== 'Provenance').map(({ type, id }) => `${type}/${id}`));
  const newest = new Map<string, StoredProvenance>();
  for (const one of provenances) {
    if (one.stored > until) continue;
    for (const target of one.targets) {
      const known = newest.get(target);
      if (there.has(target) && (known === undefined || isNewer(one, known))) newest.set(target, one);
    }
  }
  const expected = new Set([...newest.values()].map(({ id }) => id));
  const faults: string[] = [];
  for (const { id } of lines.filter(({ type }) => type === 'Provenance'))
    if (!expected.delete(id)) faults.push(`Provenance/${id} is not the newest, or comes twice`);
  return [...faults, ...[...expected].map((id) => `Provenance/${id} is missing`)];
}

function isNewer(one: StoredProvenance, other: StoredProvenance): boolean {
  if (one.recorded !== other.recorded) return one.recorded > other.recorded;
  return one.stored !== other.stored ? one.stored > other.stored : one.id > other.id;
}

/** Terminology including resources that are not stored yet: for the checks of a transaction against its own writes. */
import type { CodeSystem, ResourceBase, ValueSet } from '@dhp/fhir-model';
import { layered, misshapen, ResourceSource, type ConceptSource, type Terminology } from '@dhp/fhir-terminology';
import { terminologyTypes } from './stored-source.ts';
import type { TerminologyNow, TerminologyService } from './terminology-service.ts';

/** A resource that is to be stored, or deleted. */
export interface ProposedResource {
  readonly type: string;
  /** The id of the resource that it replaces; undefined for a new one. */
  readonly id: string | undefined;
  /** Undefined: it is deleted. */
  readonly resource: ResourceBase | undefined;
}

/** @param make of a source, for the questions of one transaction */
export function proposingOver(
  { ask, known }: Pick<TerminologyService, 'ask' | 'known'>,
  make: (source: ConceptSource) => Terminology,
): TerminologyService['proposing'] {
  const proposing: TerminologyService['proposing'] = (resources) => {
    let made: { readonly of: number; readonly now: TerminologyNow } | undefined;
    const over = (now: TerminologyNow): TerminologyNow => {
      // The next round continues with the codes that one has found.
      if (made?.of === now.revision) return made.now;
      const { source, ...rest } = withProposed(now, resources());
      made = { of: now.revision, now: { ...rest, terminology: make(source) } };
      return made.now;
    };
    return {
      ask: (run) => ask((now, round) => run(over(now), round)),
      known: () => {
        const now = known();
        return now && over(now);
      },
      proposing: (more) => proposing(() => [...resources(), ...more()]),
    };
  };
  return proposing;
}

/** Resources that cannot be used as terminology count as if they were not there, as stored ones do. */
function withProposed(
  now: TerminologyNow,
  proposed: readonly ProposedResource[],
): Omit<TerminologyNow, 'terminology'> & { readonly source: ConceptSource } {
  const added = new ResourceSource();
  const gone = new Set<object>();
  const byName = new Map<string, ResourceBase | undefined>();
  for (const { type, id, resource } of proposed) {
    if (!(terminologyTypes as readonly string[]).includes(type)) continue;
    const usable = resource !== undefined && misshapen(resource, type) === undefined ? resource : undefined;
    if (usable !== undefined) added.add(usable);
    if (id === undefined) continue;
    byName.set(`${type}/${id}`, usable);
    const stored = storedOf(now, type, id);
    if (stored !== undefined) gone.add(stored);
  }
  const { source } = now.terminology;
  const of = <T>(
    type: string,
    id: string,
    stored: (id: string) => T | undefined,
    made: (one: ResourceBase) => T | undefined,
  ): T | undefined => {
    const name = `${type}/${id}`;
    if (!byName.has(name)) return stored(id);
    const one = byName.get(name);
    return one === undefined ? undefined : made(one);
  };
  return {
    source: layered(added, without(source, gone)),
    revision: now.revision,
    codeSystem: (id) =>
      of(
        'CodeSystem',
        id,
        (stored) => now.codeSystem(stored),
        (one) => {
          const { url = '', version } = one as CodeSystem;
          return added.codeSystems(url).find(({ header }) => header.version === version);
        },
      ),
    valueSet: (id) =>
      of(
        'ValueSet',
        id,
        (stored) => now.valueSet(stored),
        (one) => one as ValueSet,
      ),
    conceptMap: (id) =>
      of(
        'ConceptMap',
        id,
        (stored) => now.conceptMap(stored),
        (one) => one as ReturnType<TerminologyNow['conceptMap']>,
      ),
    builtIn: (type, url) => now.builtIn(type, url),
  };
}

function storedOf(now: TerminologyNow, type: string, id: string): object | undefined {
  if (type === 'CodeSystem') return now.codeSystem(id);
  return type === 'ValueSet' ? now.valueSet(id) : now.conceptMap(id);
}

/** A source without the resources that are replaced by others. */
function without(source: ConceptSource, gone: ReadonlySet<object>): ConceptSource {
  if (gone.size === 0) return source;
  const left = <T extends object>(some: readonly T[]): readonly T[] => some.filter((one) => !gone.has(one));
  return {
    codeSystems: (url) => left(source.codeSystems(url)),
    supplements: (url) => source.supplements(url),
    supplement: (url) => source.supplement(url),
    valueSets: (url) => left(source.valueSets(url)),
    conceptMaps: (url) => left(source.conceptMaps(url)),
    aliases: (name) => source.aliases(name),
    systems: () => left(source.systems()),
  };
}

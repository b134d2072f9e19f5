/**
 * HL7's validator cases that are beside the repository, each changed in one step or two: in the resource, or in a definition that it is held to.
 * A rule that was learned from a case alone fails on the changed one.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { jsonToXml } from '@dhp/fhir-xml';
import { skipCases } from '../../../packages/fhir-validation/test/official-cases.ts';
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { randomSource, type Random } from '../../random.ts';
import { editOnce } from '../blind.ts';
import { spoilt, type Subject } from '../mutants.ts';
import { spelt } from '../placed/values.ts';
import { compliance, instance } from './profiles.ts';

const folder = new URL('../../../../shared/cases/validator/', import.meta.url);

interface Case {
  readonly name: string;
  readonly resource: Json;
  readonly profile: string | undefined;
  readonly definitions: readonly Json[];
}

function parsed(file: URL): Json | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof found === 'object' && found !== null && 'resourceType' in found ? found : undefined;
  } catch {
    return undefined; // some are no JSON, on purpose
  }
}

function casesThere(): Case[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name): Case[] => {
      const at = (file: string): URL => new URL(`${name}/${file}`, folder);
      const resource = parsed(at('input.json'));
      if (resource === undefined) return [];
      const { profile } = JSON.parse(readFileSync(at('meta.json'), 'utf8')) as { profile?: null | { url: string } };
      const files = existsSync(at('supporting')) ? readdirSync(at('supporting')).sort() : [];
      const definitions = files.map((file) => parsed(at(`supporting/${file}`))).filter((one) => one !== undefined);
      return [{ name, resource, profile: profile?.url, definitions }];
    });
}

/** A case with names of its own, so that the definitions of several may lie side by side. */
function renamed({ resource, definitions, profile, ...rest }: Case, id: string): Case {
  const urls = definitions.map(({ url }) => url).filter((url) => typeof url === 'string');
  const change = (text: string): string => {
    let changed = text;
    // In JSON a url ends with nothing, a version or a part.
    for (const url of urls)
      for (const end of ['"', '|', '#']) changed = changed.replaceAll(url + end, `${url}-${id}${end}`);
    return changed;
  };
  const of = (one: Json): Json => JSON.parse(change(JSON.stringify(one))) as Json;
  return {
    ...rest,
    resource: of(resource),
    // Ids name the files of a package.
    definitions: definitions.map((one, i) => ({ ...of(one), id: `${id}-${i}` })),
    profile: profile && change(`"${profile}"`).slice(1, -1),
  };
}

function claiming(resource: Json, profile: string | undefined): Json {
  if (profile === undefined) return resource;
  const { resourceType, ...rest } = resource;
  const meta = (typeof rest['meta'] === 'object' ? rest['meta'] : {}) as Json;
  const { profile: own } = meta as { profile?: unknown };
  const claimed = Array.isArray(own) ? (own as unknown[]) : [];
  return { resourceType, ...rest, meta: { ...meta, profile: [...claimed, profile] } };
}

/** Changes of one step; undefined if none fits. */
const steps: Readonly<Record<string, (resource: Json, random: Random, id: string) => Json | undefined>> = {
  edit: (resource, random) => {
    const copy = structuredClone(resource);
    return editOnce(copy, random) === undefined ? undefined : copy;
  },
  'edit again': (resource, random) => {
    const copy = structuredClone(resource);
    return editOnce(copy, random) === undefined ? undefined : copy;
  },
  fault: (resource, random) => spoilt(resource, random),
  nothing: (resource) => resource,
};

/** Cases in steps of chance: the same seed makes the same. */
export function* stepped(seed: number, count: number): Generator<Subject> {
  if (skipCases !== false) return;
  const all = casesThere();
  let made = 0;
  for (let request = 0; made < count; request += 1) {
    const random = randomSource(seed, request);
    const one = renamed(random.pick(all), `stepped-${request}`);
    const found = stepOf(one, random, `stepped-${request}`);
    if (found === undefined) continue;
    made += 1;
    const { resource, kind, definitions } = found;
    yield { kind: `${kind}: ${one.name}`, file: one.name, text: textOf(resource, random), definitions };
  }
}

function stepOf(
  one: Case,
  random: Random,
  id: string,
): { kind: string; resource: Json; definitions: readonly Json[] } | undefined {
  const { resource, definitions, profile } = one;
  if (random.oneIn(6)) {
    const drawn = random.oneIn(4) ? compliance(resource, random, id) : instance(resource, random, id);
    return drawn && { ...drawn, kind: 'profile', definitions: [...definitions, ...drawn.definitions] };
  }
  const [kind, step] = random.pick(Object.entries(steps));
  // A definition with one statement more or less is one that can still be read.
  const at = definitions.findIndex(({ resourceType }) => resourceType === 'StructureDefinition');
  if (at >= 0 && random.oneIn(3)) {
    const changed = withoutStatement(definitions[at]!, random);
    return (
      changed && {
        kind: 'definition',
        resource: claiming(resource, profile),
        definitions: definitions.with(at, changed),
      }
    );
  }
  const changed = step(resource, random, id);
  return changed && { kind, resource: claiming(changed, profile), definitions };
}

/** A definition whose differential lacks a statement, or has a number beside the one it had. */
function withoutStatement(definition: Json, random: Random): Json | undefined {
  const { differential, snapshot: _snapshot, ...rest } = definition as Json & { differential?: { element?: Json[] } };
  const elements = differential?.element ?? [];
  if (elements.length < 2) return undefined;
  const at = 1 + random.below(elements.length - 1);
  const element = elements[at]!;
  const names = Object.keys(element).filter(
    (name) => !/^(?:id|path|sliceName|slicing|short|definition|comment|mapping|base|type)$/.test(name),
  );
  if (names.length === 0) return undefined;
  const name = random.pick(names);
  const { [name]: value, ...less } = element;
  const moved =
    name === 'min' ? { min: Number(value) === 0 ? 1 : 0 } : name === 'max' ? { max: value === '1' ? '2' : '1' } : {};
  return { ...rest, differential: { element: elements.with(at, { ...less, ...moved }) } };
}

function textOf(resource: Json, random: Random): string {
  if (!random.oneIn(5)) return JSON.stringify(resource);
  try {
    return jsonToXml(spelt(resource), { pretty: true });
  } catch {
    return JSON.stringify(resource); // what XML cannot say
  }
}

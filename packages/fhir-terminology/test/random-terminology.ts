/** Random code systems, value sets and maps, with their meaning computed by loops over all concepts. */
import type {
  CodeSystemConcept,
  CodeSystemConceptProperty,
  ConceptMap,
  ConceptMapGroup,
  ConceptMapGroupElement,
  ResourceBase,
  ValueSetComposeInclude,
  ValueSetComposeIncludeFilter,
} from '@dhp/fhir-model';
import type { Random } from '../../../tests/random.ts';
import { codeSystem, valueSet } from './parameters.ts';

/** A concept as the loops read it. */
export interface Node {
  readonly code: string;
  readonly display: string;
  readonly parents: readonly string[];
  /** The values of its properties as text, as filters compare them. */
  readonly properties: ReadonlyMap<string, string>;
  readonly isInactive: boolean;
  readonly isAbstract: boolean;
}

export interface System {
  readonly url: string;
  readonly nodes: readonly Node[];
}

/** A value set: its definition, with the names of earlier ones that it may include. */
export interface SetOf {
  readonly url: string;
  readonly include: readonly ValueSetComposeInclude[];
  readonly exclude: readonly ValueSetComposeInclude[];
  readonly inactive: boolean | undefined;
}

export interface World {
  readonly systems: readonly System[];
  readonly sets: readonly SetOf[];
  readonly map: ConceptMap;
  readonly resources: readonly ResourceBase[];
}

const base = 'http://example.org/';
const colours = ['red', 'green', 'blue', 'dark red'];
const standard = 'http://hl7.org/fhir/concept-properties#';

export function randomWorld(random: Random): World {
  const made = ['one', 'two', 'three'].map((name) => randomSystem(random, `${base}${name}`));
  const systems = made.map(({ system }) => system);
  const sets: SetOf[] = [];
  for (let i = 0; i < 4; i += 1) sets.push(randomSet(random, i, systems, sets));
  const map = randomMap(random, systems);
  const resources = [
    ...made.map(({ resource }) => resource),
    ...sets.map(({ url, include, exclude, inactive }) =>
      valueSet(url, { include, ...(exclude.length > 0 && { exclude }), ...(inactive !== undefined && { inactive }) }),
    ),
    map as ResourceBase,
  ];
  return { systems, sets, map, resources };
}

/** A hierarchy of nested concepts; in some the parents are properties, of which a concept may have two. */
function randomSystem(random: Random, url: string): { system: System; resource: ResourceBase } {
  const isGraph = random.oneIn(3);
  const nodes: Node[] = [];
  const top: CodeSystemConcept[] = [];
  const concepts: CodeSystemConcept[] = [];
  for (let i = 0; i < 3 + random.below(8); i += 1) {
    const earlier =
      random.oneIn(3) || i === 0 ? [] : [random.below(i), ...(isGraph && random.oneIn(3) ? [random.below(i)] : [])];
    const parents = [...new Set(earlier)].map((at) => `c${String(at)}`);
    const [isInactive, isAbstract] = [random.oneIn(5), random.oneIn(5)];
    const properties = new Map<string, string>();
    if (!random.oneIn(3)) properties.set('colour', random.pick(colours));
    if (!random.oneIn(3)) properties.set('size', String(random.below(4)));
    if (random.oneIn(2)) properties.set('loud', String(random.oneIn(2)));
    const code = `c${String(i)}`;
    const display = `${random.pick(colours)} thing ${String(i)}`;
    nodes.push({ code, display, parents, properties, isInactive, isAbstract });
    const concept: CodeSystemConcept = { code, display, property: propertiesOf(nodes.at(-1)!, isGraph) };
    concepts.push(concept);
    const above = isGraph || parents[0] === undefined ? undefined : concepts[Number(parents[0].slice(1))]!;
    if (above === undefined) top.push(concept);
    else above.concept = [...(above.concept ?? []), concept];
  }
  const property = [
    { code: 'parent', uri: `${standard}parent`, type: 'code' },
    { code: 'inactive', uri: `${standard}inactive`, type: 'boolean' },
    { code: 'notSelectable', uri: `${standard}notSelectable`, type: 'boolean' },
    { code: 'colour', type: 'string' },
    { code: 'size', type: 'integer' },
    { code: 'loud', type: 'boolean' },
  ];
  return { system: { url, nodes }, resource: codeSystem(url, bare(top), { property }) };
}

function propertiesOf(
  { parents, properties, isInactive, isAbstract }: Node,
  isGraph: boolean,
): CodeSystemConceptProperty[] {
  const [colour, size, loud] = ['colour', 'size', 'loud'].map((name) => properties.get(name));
  return [
    ...(isGraph ? parents.map((valueCode) => ({ code: 'parent', valueCode })) : []),
    ...(isInactive ? [{ code: 'inactive', valueBoolean: true }] : []),
    ...(isAbstract ? [{ code: 'notSelectable', valueBoolean: true }] : []),
    ...(colour === undefined ? [] : [{ code: 'colour', valueString: colour }]),
    ...(size === undefined ? [] : [{ code: 'size', valueInteger: Number(size) }]),
    ...(loud === undefined ? [] : [{ code: 'loud', valueBoolean: loud === 'true' }]),
  ];
}

/** Without empty lists, which FHIR has not. */
const bare = (concepts: readonly CodeSystemConcept[]): CodeSystemConcept[] =>
  concepts.map(({ property = [], concept, ...rest }) => ({
    ...rest,
    ...(property.length > 0 && { property }),
    ...(concept !== undefined && { concept: bare(concept) }),
  }));

function randomSet(random: Random, i: number, systems: readonly System[], before: readonly SetOf[]): SetOf {
  const parts = (): ValueSetComposeInclude[] =>
    Array.from({ length: 1 + random.below(3) }, () => randomInclude(random, systems, before));
  return {
    url: `${base}set-${String(i)}`,
    include: parts(),
    exclude: random.oneIn(3) ? parts() : [],
    inactive: random.oneIn(3) ? random.oneIn(2) : undefined,
  };
}

function randomInclude(random: Random, systems: readonly System[], before: readonly SetOf[]): ValueSetComposeInclude {
  const { url, nodes } = random.pick(systems);
  const others = before.filter(() => random.oneIn(3)).map((one) => one.url);
  const imports = others.length > 0 ? { valueSet: others } : {};
  if (others.length > 0 && random.oneIn(2)) return imports;
  if (random.oneIn(4)) return { system: url, ...imports };
  if (random.oneIn(3)) {
    const concept = [random.pick(nodes), ...nodes.filter(() => random.oneIn(3))].map(({ code }) => ({ code }));
    return { system: url, concept, ...imports };
  }
  const filter = Array.from({ length: 1 + (random.oneIn(3) ? 1 : 0) }, () => randomFilter(random, nodes));
  return { system: url, filter, ...imports };
}

function randomFilter(random: Random, nodes: readonly Node[]): ValueSetComposeIncludeFilter {
  const code = random.pick(nodes).code;
  const property = random.pick(['colour', 'size', 'loud']);
  const value = { colour: random.pick(colours), size: String(random.below(4)), loud: String(random.oneIn(2)) }[
    property
  ]!;
  const hierarchical = ['is-a', 'descendent-of', 'is-not-a', 'generalizes', 'child-of', 'descendent-leaf'] as const;
  return random.pick<ValueSetComposeIncludeFilter>([
    { property: 'concept', op: random.pick(hierarchical), value: code },
    { property, op: '=', value },
    { property, op: 'exists', value: String(random.oneIn(2)) },
    { property: 'colour', op: random.pick(['in', 'not-in']), value: `${random.pick(colours)},${random.pick(colours)}` },
    { property: 'colour', op: 'regex', value: random.pick(['red', '.*red', '(green|blue)', 'r.*', '.*']) },
    { property: 'inactive', op: '=', value: String(random.oneIn(2)) },
    { property: 'parent', op: '=', value: code },
    { property: 'child', op: '=', value: code },
    { property: 'concept', op: 'in', value: `${code},${random.pick(nodes).code}` },
  ]);
}

/** Whether a concept is another one or below it. */
export function isBelow(system: System, code: string, top: string): boolean {
  if (code === top) return true;
  return nodeOf(system, code)?.parents.some((one) => isBelow(system, one, top)) === true;
}

export const nodeOf = ({ nodes }: System, code: string): Node | undefined => nodes.find((one) => one.code === code);

export const childrenOf = ({ nodes }: System, code: string): string[] =>
  nodes.filter(({ parents }) => parents.includes(code)).map((one) => one.code);

/** https://hl7.org/fhir/R5/valueset-filter-operator.html */
function passes(system: System, node: Node, { property, op, value }: ValueSetComposeIncludeFilter): boolean {
  const { code, properties, parents } = node;
  if (property === 'parent') return parents.includes(value);
  if (property === 'child') return childrenOf(system, code).includes(value);
  const own =
    property === 'inactive' ? String(node.isInactive) : property === 'concept' ? code : properties.get(property);
  switch (op) {
    case 'is-a':
      return isBelow(system, code, value);
    case 'descendent-of':
      return code !== value && isBelow(system, code, value);
    case 'is-not-a':
      return !isBelow(system, code, value);
    case 'generalizes':
      return isBelow(system, value, code);
    case 'child-of':
      return parents.includes(value);
    case 'descendent-leaf':
      return code !== value && isBelow(system, code, value) && childrenOf(system, code).length === 0;
    case 'in':
      return own !== undefined && value.split(',').includes(own);
    case 'not-in':
      return own === undefined || !value.split(',').includes(own);
    case 'exists':
      return (own !== undefined) === (value === 'true');
    case 'regex':
      return own !== undefined && new RegExp(`^(?:${value})$`).test(own);
    default:
      return own === value;
  }
}

/** The codes of a value set as `system code`, by a loop over all concepts of all systems. */
export function membersOf(world: World, { include, exclude, inactive }: SetOf): Set<string> {
  const found = new Set<string>();
  for (const system of world.systems)
    for (const node of system.nodes) {
      const isIn = include.some((one) => holds(world, system, node, one));
      const isOut = exclude.some((one) => holds(world, system, node, one)) || (inactive === false && node.isInactive);
      if (isIn && !isOut) found.add(`${system.url} ${node.code}`);
    }
  return found;
}

function holds(world: World, system: System, node: Node, part: ValueSetComposeInclude): boolean {
  const { system: url, concept, filter = [], valueSet: others = [] } = part;
  if (url !== undefined && url !== system.url) return false;
  if (concept !== undefined && !concept.some(({ code }) => code === node.code)) return false;
  if (!filter.every((one) => passes(system, node, one))) return false;
  return others.every((name) =>
    membersOf(
      world,
      world.sets.find((one) => one.url === name)!,
    ).has(`${system.url} ${node.code}`),
  );
}

const relationships = [
  'related-to',
  'equivalent',
  'source-is-narrower-than-target',
  'source-is-broader-than-target',
  'not-related-to',
];

function randomMap(random: Random, systems: readonly System[]): ConceptMap {
  const groups = Array.from({ length: 1 + random.below(3) }, (): ConceptMapGroup => {
    const [from, to] = [random.pick(systems), random.pick(systems)];
    const element = from.nodes
      .filter(() => random.oneIn(2))
      .map(({ code }): ConceptMapGroupElement => {
        if (random.oneIn(5)) return { code, noMap: true };
        const target = Array.from({ length: 1 + random.below(2) }, () => ({
          code: random.pick(to.nodes).code,
          relationship: random.pick(relationships),
        }));
        return { code, target };
      });
    const unmapped = random.pick([
      undefined,
      { mode: 'use-source-code', relationship: 'equivalent' },
      { mode: 'fixed', code: random.pick(to.nodes).code },
    ]);
    return {
      source: from.url,
      target: to.url,
      element,
      ...(unmapped !== undefined && { unmapped }),
    };
  });
  return { resourceType: 'ConceptMap', url: `${base}map`, status: 'active', group: groups };
}

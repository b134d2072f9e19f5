import type { Concept, ConceptSystem, ConceptTest } from '../../source/concept-system.ts';
import { textOf } from '../../source/concept-properties.ts';
import type { Constraint, Count, Refinement, Walk } from './ecl.ts';

/** The property of a concept that names the reference sets it is a member of, and of a reference set how many it has. */
const refsetProperties = { memberOf: 'refset', members: 'refsetMembers' } as const;
/** The property that says which attributes stand together: `attribute=value,attribute=value;…`, a part for each group. */
const groupsProperty = 'roleGroups';

interface Attribute {
  readonly name: string;
  readonly value: string;
}

/** Whether a concept of a code system is one that a constraint means. */
export function eclTest(system: ConceptSystem, constraint: Constraint): ConceptTest {
  switch (constraint.kind) {
    case 'any':
      return () => true;
    case 'concept':
      return ({ code }) => code === constraint.code;
    case 'walk':
      return constraint.of.kind === 'concept'
        ? walkFrom(system, constraint.operator, constraint.of.code)
        : walkOfMany(system, constraint.operator, eclTest(system, constraint.of));
    case 'members': {
      const inSets = codeTest(system, constraint.of);
      return ({ properties }) =>
        properties.some((one) => one.code === refsetProperties.memberOf && inSets(textOf(one)));
    }
    case 'and': {
      const tests = constraint.of.map((part) => eclTest(system, part));
      return (concept) => tests.every((test) => test(concept));
    }
    case 'or': {
      const tests = constraint.of.map((part) => eclTest(system, part));
      return (concept) => tests.some((test) => test(concept));
    }
    case 'minus': {
      const [from, without] = [eclTest(system, constraint.from), eclTest(system, constraint.without)];
      return (concept) => from(concept) && !without(concept);
    }
    case 'refined': {
      const [of, by] = [eclTest(system, constraint.of), refinementTest(system, constraint.by)];
      return (concept) => of(concept) && by(attributesOf(concept), () => groupsOf(concept));
    }
  }
}

/** Whether the concept of a code is one that a constraint means; remembered, since few codes are asked for again and again. */
function codeTest(system: ConceptSystem, constraint: Constraint): (code: string) => boolean {
  if (constraint.kind === 'any') return () => true;
  if (constraint.kind === 'concept') return (code) => code === constraint.code;
  const test = eclTest(system, constraint);
  const known = new Map<string, boolean>();
  return (code) => {
    let result = known.get(code);
    if (result === undefined) {
      const concept = system.find(code);
      known.set(code, (result = concept !== undefined && test(concept)));
    }
    return result;
  };
}

function walkFrom(system: ConceptSystem, operator: Walk, code: string): ConceptTest {
  const start = system.find(code);
  if (start === undefined) return () => false;
  const isIn = (list: readonly Concept[]): boolean => list.some((one) => one.code === start.code);
  switch (operator) {
    case '<':
      return (concept) => concept.code !== start.code && system.isA(concept, start);
    case '<<':
      return (concept) => system.isA(concept, start);
    case '>':
      return (concept) => concept.code !== start.code && system.isA(start, concept);
    case '>>':
      return (concept) => system.isA(start, concept);
    case '<!':
      return (concept) => isIn(system.parents(concept));
    case '<<!':
      return (concept) => concept.code === start.code || isIn(system.parents(concept));
    case '>!':
      return (concept) => isIn(system.children(concept));
    case '>>!':
      return (concept) => concept.code === start.code || isIn(system.children(concept));
  }
}

/** From all concepts that pass a test: below them is who has one of them above, and the other way around. */
function walkOfMany(system: ConceptSystem, operator: Walk, test: ConceptTest): ConceptTest {
  const way = operator.startsWith('<') ? 'parents' : 'children';
  const withSelf = operator.startsWith('<<') || operator.startsWith('>>');
  if (operator.endsWith('!')) return (concept) => (withSelf && test(concept)) || system[way](concept).some(test);
  return (concept) => {
    if (withSelf && test(concept)) return true;
    const seen = new Map([[concept.code, concept]]);
    for (const one of seen.values()) {
      for (const next of system[way](one)) {
        if (seen.has(next.code)) continue;
        if (test(next)) return true;
        seen.set(next.code, next);
      }
    }
    return false;
  };
}

type RefinementTest = (attributes: readonly Attribute[], groups: () => readonly (readonly Attribute[])[]) => boolean;

function refinementTest(system: ConceptSystem, refinement: Refinement): RefinementTest {
  switch (refinement.kind) {
    case 'and': {
      const tests = refinement.of.map((part) => refinementTest(system, part));
      return (attributes, groups) => tests.every((test) => test(attributes, groups));
    }
    case 'or': {
      const tests = refinement.of.map((part) => refinementTest(system, part));
      return (attributes, groups) => tests.some((test) => test(attributes, groups));
    }
    case 'group': {
      const test = refinementTest(system, refinement.of);
      return (_, groups) =>
        isWithin(refinement.count, groups().filter((attributes) => test(attributes, () => [])).length);
    }
    case 'attribute': {
      const isNamed = codeTest(system, refinement.name);
      const isValue = valueTest(system, refinement);
      return (attributes) =>
        isWithin(refinement.count, attributes.filter(({ name, value }) => isNamed(name) && isValue(value)).length);
    }
  }
}

const isWithin = ({ least, most }: Count, number: number): boolean => number >= least && number <= most;

/** Concrete values are written as in RF2: `#10`, `"text"`. */
function valueTest(
  system: ConceptSystem,
  { comparison, value }: Extract<Refinement, { kind: 'attribute' }>,
): (value: string) => boolean {
  const isEqual = comparison === '=';
  if (value.kind === 'concepts') {
    const test = codeTest(system, value.of);
    return (code) => /^\d/.test(code) && test(code) === isEqual;
  }
  if (value.kind === 'text') return (text) => text.startsWith('"') && (text === `"${value.text}"`) === isEqual;
  const { number: wanted } = value;
  const holds = {
    '=': (number: number) => number === wanted,
    '!=': (number: number) => number !== wanted,
    '<': (number: number) => number < wanted,
    '>': (number: number) => number > wanted,
    '<=': (number: number) => number <= wanted,
    '>=': (number: number) => number >= wanted,
  }[comparison];
  return (text) => text.startsWith('#') && holds(Number(text.slice(1)));
}

/** Attributes are the properties whose names are concepts. */
function attributesOf({ properties }: Concept): Attribute[] {
  return properties.flatMap(({ code, type, value }) => {
    if (!/^\d+$/.test(code)) return [];
    if (typeof value === 'object') return [];
    const text = type === 'Code' ? String(value) : type === 'String' ? `"${String(value)}"` : `#${String(value)}`;
    return [{ name: code, value: text }];
  });
}

function groupsOf({ properties }: Concept): Attribute[][] {
  const written = properties.find(({ code }) => code === groupsProperty)?.value;
  if (typeof written !== 'string') return [];
  return written.split(';').map((group) =>
    group.split(',').map((attribute) => {
      const [name = '', ...value] = attribute.split('=');
      return { name, value: value.join('=') };
    }),
  );
}

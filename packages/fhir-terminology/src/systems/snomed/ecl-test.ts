import type { Budget } from '@dhp/budget';
import type { Concept, ConceptSystem, ConceptTest } from '../../concepts/concept-system.ts';
import { textOf } from '../../concepts/concept-properties.ts';
import { hierarchyPlace, isFrom, unitsOfConcept } from '../../concepts/walk.ts';
import type { Constraint, Count, Refinement, Walk } from './ecl.ts';

/** The property of a concept that names the reference sets it is a member of, and of a reference set how many it has. */
const refsetProperties = { memberOf: 'refset', members: 'refsetMembers' } as const;
/** The property with the groups of attributes: `attribute=value,attribute=value;…`, a part for each group. */
const groupsProperty = 'roleGroups';

interface Attribute {
  readonly name: string;
  readonly value: string;
}

/** Whether a constraint selects a concept of a code system. @param budget pays for paths through the hierarchy */
export function eclTest(system: ConceptSystem, constraint: Constraint, budget?: Budget): ConceptTest {
  switch (constraint.kind) {
    case 'any':
      return () => true;
    case 'concept':
      return ({ code }) => code === constraint.code;
    case 'walk':
      return constraint.of.kind === 'concept'
        ? walkFrom(system, constraint.operator, constraint.of.code, budget)
        : walkOfMany(system, constraint.operator, eclTest(system, constraint.of, budget), budget);
    case 'members': {
      const inSets = codeTest(system, constraint.of, budget);
      return ({ properties }) =>
        properties.some((one) => one.code === refsetProperties.memberOf && inSets(textOf(one)));
    }
    case 'and': {
      const tests = constraint.of.map((part) => eclTest(system, part, budget));
      return (concept) => tests.every((test) => test(concept));
    }
    case 'or': {
      const tests = constraint.of.map((part) => eclTest(system, part, budget));
      return (concept) => tests.some((test) => test(concept));
    }
    case 'minus': {
      const [from, without] = [eclTest(system, constraint.from, budget), eclTest(system, constraint.without, budget)];
      return (concept) => from(concept) && !without(concept);
    }
    case 'refined': {
      const [of, by] = [eclTest(system, constraint.of, budget), refinementTest(system, constraint.by, budget)];
      return (concept) => of(concept) && by(attributesOf(concept), () => groupsOf(concept));
    }
  }
}

/** Whether a constraint selects the concept of a code; cached, since few codes are requested again and again. */
function codeTest(system: ConceptSystem, constraint: Constraint, budget?: Budget): (code: string) => boolean {
  if (constraint.kind === 'any') return () => true;
  if (constraint.kind === 'concept') return (code) => code === constraint.code;
  const test = eclTest(system, constraint, budget);
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

function walkFrom(system: ConceptSystem, operator: Walk, code: string, budget?: Budget): ConceptTest {
  const start = system.find(code);
  if (start === undefined) return () => false;
  const isIn = (list: readonly Concept[]): boolean => list.some((one) => one.code === start.code);
  switch (operator) {
    case '<':
      return (concept) => concept.code !== start.code && system.isA(concept, start, budget);
    case '<<':
      return (concept) => system.isA(concept, start, budget);
    case '>': {
      const isAbove = isFrom(system, start, 'parents', budget);
      return (concept) => concept.code !== start.code && isAbove(concept);
    }
    case '>>':
      return isFrom(system, start, 'parents', budget);
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

/** From all concepts that pass a test: a concept is below them if one of them is among its ancestors, and the other way around. */
function walkOfMany(system: ConceptSystem, operator: Walk, test: ConceptTest, budget?: Budget): ConceptTest {
  const way = operator.startsWith('<') ? 'parents' : 'children';
  const withSelf = operator.startsWith('<<') || operator.startsWith('>>');
  if (operator.endsWith('!')) return (concept) => (withSelf && test(concept)) || system[way](concept).some(test);
  /** Whether a passing concept lies in that direction, by code: concepts visited for one test are not visited again for the next. */
  const known = new Map<string, boolean>();
  const leadsToOne = (concept: Concept): boolean => {
    const before = known.get(concept.code);
    if (before !== undefined) return before;
    const seen = new Map([[concept.code, concept]]);
    for (const one of seen.values()) {
      const all = system[way](one);
      budget?.spend(unitsOfConcept * (1 + all.length), hierarchyPlace);
      for (const next of all) {
        if (seen.has(next.code)) continue;
        const further = known.get(next.code);
        if (further === true || test(next)) return true;
        if (further === undefined) seen.set(next.code, next);
      }
    }
    // The visited concepts lead to none, either.
    for (const code of seen.keys()) known.set(code, false);
    return false;
  };
  return (concept) => {
    if (withSelf && test(concept)) return true;
    const result = leadsToOne(concept);
    known.set(concept.code, result);
    return result;
  };
}

type RefinementTest = (attributes: readonly Attribute[], groups: () => readonly (readonly Attribute[])[]) => boolean;

function refinementTest(system: ConceptSystem, refinement: Refinement, budget?: Budget): RefinementTest {
  switch (refinement.kind) {
    case 'and': {
      const tests = refinement.of.map((part) => refinementTest(system, part, budget));
      return (attributes, groups) => tests.every((test) => test(attributes, groups));
    }
    case 'or': {
      const tests = refinement.of.map((part) => refinementTest(system, part, budget));
      return (attributes, groups) => tests.some((test) => test(attributes, groups));
    }
    case 'group': {
      const test = refinementTest(system, refinement.of, budget);
      return (_, groups) =>
        isWithin(refinement.count, groups().filter((attributes) => test(attributes, () => [])).length);
    }
    case 'attribute': {
      const isNamed = codeTest(system, refinement.name, budget);
      const isValue = valueTest(system, refinement, budget);
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
  budget?: Budget,
): (value: string) => boolean {
  const isEqual = comparison === '=';
  if (value.kind === 'concepts') {
    const test = codeTest(system, value.of, budget);
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

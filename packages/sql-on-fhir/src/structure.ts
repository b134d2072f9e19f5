import { isFormerResourceType, isResourceType } from '@dhp/fhir-model';
import type { Findings } from './faults.ts';

/** The value of an element is checked, the place is that of the element. */
type Check = (value: unknown, place: string, findings: Findings) => void;

interface Member {
  readonly check: Check;
  readonly isList?: true;
  readonly isRequired?: true;
}

type Shape = Readonly<Record<string, Member>>;

/** Views are written by people; a deeper one is a mistake, or an attack. */
const mostDepth = 32;

/** https://build.fhir.org/ig/FHIR/sql-on-fhir-v2: a name that databases take, of a view, a column, a constant. */
const sqlName = /^[A-Za-z][A-Za-z0-9_]*$/;
const longestName = 255;

const anything: Check = () => undefined;

function text(value: unknown, place: string, findings: Findings): void {
  if (typeof value !== 'string') findings.error('structure', place, `is ${nameOf(value)}. Give a string.`);
  else if (value.trim() === '') findings.error('structure', place, 'is empty. Give it a value, or leave it out.');
}

function boolean(value: unknown, place: string, findings: Findings): void {
  if (typeof value !== 'boolean') findings.error('structure', place, `is ${nameOf(value)}. Give true or false.`);
}

function name(value: unknown, place: string, findings: Findings): void {
  text(value, place, findings);
  if (typeof value !== 'string' || value.trim() === '' || (sqlName.test(value) && value.length <= longestName)) return;
  const cure = `Begin with a letter; then letters, digits and _ alone, ${longestName} at most (sql-name).`;
  findings.error('structure', place, `is no name that databases take: ${shown(value)}. ${cure}`);
}

function oneOf(...codes: readonly string[]): Check {
  return (value, place, findings) => {
    if (typeof value !== 'string' || !codes.includes(value))
      findings.error('structure', place, `is ${shown(value)}. Give one of ${codes.join(', ')}.`);
  };
}

function resourceType(value: unknown, place: string, findings: Findings): void {
  if (typeof value === 'string' && (isResourceType(value) || isFormerResourceType(value))) return;
  findings.error('structure', place, `is ${shown(value)}, which is no resource type. Give one, such as Patient.`);
}

function definitionType(value: unknown, place: string, findings: Findings): void {
  if (value === 'ViewDefinition') return;
  if (typeof value === 'string' && value.endsWith('/StructureDefinition/ViewDefinition')) return;
  findings.error('structure', place, `is ${shown(value)}. Give ViewDefinition.`);
}

function refused(_: unknown, place: string, findings: Findings): void {
  findings.error('structure', place, 'may change the meaning of the view and is not known here. Leave it out.');
}

const required = (check: Check): Member => ({ check, isRequired: true });
const one = (check: Check): Member => ({ check });
const many = (check: Check): Member => ({ check, isList: true });

/** Of every element. */
const common: Shape = { id: one(text), extension: many(anything), modifierExtension: many(refused) };

const tag = object({ ...common, name: required(text), value: required(text) });

const column = object({
  ...common,
  name: required(name),
  path: required(text),
  description: one(text),
  collection: one(boolean),
  type: one(text),
  tag: many(tag),
  // As an example of the specification has it.
  tags: many(tag),
});

const where = object({ ...common, path: required(text), description: one(text) });

/** Its other members are values, which `constants.ts` checks. */
const constant: Check = object({ ...common, name: required(name) }, /^_?value[A-Z]/);

const loops = ['forEach', 'forEachOrNull', 'repeat'] as const;

const selectShape: Shape = {
  ...common,
  column: many(column),
  select: many(select),
  forEach: one(text),
  forEachOrNull: one(text),
  repeat: many(text),
  unionAll: many(select),
};

const selectObject = object(selectShape);

function select(value: unknown, place: string, findings: Findings): void {
  if (depthOf(place) > mostDepth) {
    findings.error('structure', place, `is ${mostDepth} levels deep. Make the view flatter.`);
    return;
  }
  selectObject(value, place, findings);
  const given = loops.filter((loop) => isObject(value) && value[loop] !== undefined);
  if (given.length < 2) return;
  findings.error('structure', place, `has ${given.join(' and ')}. Keep one of them (sql-expressions).`);
}

function depthOf(place: string): number {
  return place.split(/\.(?:select|unionAll)\[/).length - 1;
}

/** https://hl7.org/fhir/R5/metadataresource.html; they do not affect rows. */
const metadata: Shape = Object.fromEntries(
  `url identifier version versionString versionAlgorithmString versionAlgorithmCoding title experimental date publisher contact description
useContext jurisdiction purpose copyright copyrightLabel approvalDate lastReviewDate effectivePeriod topic author editor reviewer endorser
relatedArtifact meta implicitRules language text contained profile fhirVersion`
    .split(/\s+/)
    .map((element): [string, Member] => [element, one(anything)]),
);

const view = object({
  ...common,
  ...metadata,
  resourceType: one(definitionType),
  name: one(name),
  status: one(oneOf('draft', 'active', 'retired', 'unknown')),
  resource: required(resourceType),
  constant: many(constant),
  select: { ...many(select), isRequired: true },
  where: many(where),
});

/** Reports faults in the form of a view: unknown elements, missing ones, values of another kind. */
export function checkStructure(definition: unknown, findings: Findings): void {
  view(definition, 'ViewDefinition', findings);
}

/** @param others names that are also taken, without a look at them */
function object(shape: Shape, others?: RegExp): Check {
  return (value, place, findings) => {
    if (!isObject(value)) {
      findings.error('structure', place, `is ${nameOf(value)}. Give an object.`);
      return;
    }
    for (const key of Object.keys(value)) {
      const isSibling = key.startsWith('_') && Object.hasOwn(shape, key.slice(1));
      if (!Object.hasOwn(shape, key) && !isSibling && others?.test(key) !== true)
        findings.error('structure', `${place}.${key}`, `is no element here. ${nearest(key, shape)}`);
    }
    for (const [key, member] of Object.entries(shape)) checkMember(value[key], `${place}.${key}`, member, findings);
  };
}

function checkMember(value: unknown, place: string, { check, isList, isRequired }: Member, findings: Findings): void {
  if (value === undefined) {
    if (isRequired === true) findings.error('structure', place, 'is missing. Add it.');
    return;
  }
  if (isList !== true) {
    check(value, place, findings);
    return;
  }
  if (!Array.isArray(value)) findings.error('structure', place, `is ${nameOf(value)}. Give an array.`);
  else if (value.length === 0) findings.error('structure', place, 'is an empty array. Fill it, or leave it out.');
  else for (const [index, item] of value.entries()) check(item, `${place}[${index}]`, findings);
}

/** The element that may have been meant. */
function nearest(key: string, shape: Shape): string {
  const plain = key.toLowerCase().replace(/s$/, '');
  const meant = Object.keys(shape).find((known) => known.toLowerCase().replace(/s$/, '') === plain);
  return meant === undefined ? 'Leave it out.' : `Did you mean ${meant}?`;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** A value of the caller, short enough for a message. */
export function shown(value: unknown): string {
  const json = value === undefined ? 'nothing' : JSON.stringify(value);
  return json.length > 80 ? `${json.slice(0, 79)}…` : json;
}

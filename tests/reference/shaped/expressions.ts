/** Rules whose FHIRPath a grammar writes: mostly of fitting types, now and then not. https://hl7.org/fhirpath/ */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { home, profile } from '../provoked/definition.ts';

type Kind = 'string' | 'number' | 'boolean' | 'date' | 'items' | 'quantity';

/** Paths of a Patient by the kind of what they lead to. */
const paths: Readonly<Record<Exclude<Kind, 'quantity'>, readonly string[]>> = {
  string: [
    'gender',
    'name.family',
    'name.first().family',
    'id',
    'telecom.value.first()',
    'language',
    'name.given.first()',
    "identifier.where(system = 'http://provoked.test/a').value",
  ],
  number: [
    'multipleBirth.ofType(integer)',
    'name.count()',
    'telecom.rank',
    'name.given.count()',
    '(multipleBirth as integer)',
  ],
  boolean: ['active', 'deceased.ofType(boolean)', 'name.exists()', 'contact.empty()', 'communication.preferred'],
  date: ['birthDate', 'deceased.ofType(dateTime)', 'identifier.period.start', 'meta.lastUpdated'],
  items: [
    'name',
    'identifier',
    'telecom',
    'contact',
    'communication.language',
    'link.other',
    'maritalStatus.coding',
    'extension',
    'address',
    'children()',
    'name | contact.name',
    'contained',
    'generalPractitioner',
  ],
};

const literals: Readonly<Record<Kind, readonly string[]>> = {
  string: ["'a'", "'male'", "''", "'http://provoked.test/a'", "'\\u0041'"],
  number: ['1', '2', '0', '1.5', '-1'],
  boolean: ['true', 'false'],
  date: ['@2026-01-31', '@1990', '@2026-01-31T10:00:00Z', 'today()', 'now()'],
  items: ['{}', '$this', '%resource', '%context.name', '%rootResource.contained'],
  quantity: ["5 'mg'", '1 year', '2 days', "1 '1'"],
};

/** Templates of expressions, by their kind: `#` is one of the same kind, `#string` one of another. */
const makers: Readonly<Record<Kind, readonly string[]>> = {
  string: [
    ...[
      '#.upper()',
      '#.lower()',
      '#.substring(0, #number)',
      "#.replace(#, 'b')",
      '#number.toString()',
      '#boolean.toString()',
      '(# & #)',
      '(# + #)',
    ],
    ...[
      '#.trim()',
      "#.split(',').join(';')",
      'iif(#boolean, #, #)',
      "#.encode('base64')",
      '#items.select(id).first()',
      '#.toChars().first()',
      '#date.toString()',
      "#.replaceMatches('a', 'b')",
    ],
    ...["#.escape('html')", '#items.type().name.first()', '#.trace(#literal)'],
  ],
  number: [
    ...[
      '#string.length()',
      '#items.count()',
      '(# + #)',
      '(# - #)',
      '(# * #)',
      '(# div 2)',
      '(# mod 2)',
      '#.abs()',
      '#.round(1)',
      '#string.toInteger()',
      '#string.indexOf(#string)',
    ],
    ...[
      '(# / 2)',
      '#.sqrt()',
      '#.power(2)',
      '#.ceiling()',
      '#.truncate()',
      'iif(#boolean, #, #)',
      '#.ln()',
      '#.toDecimal()',
      '#items.select(1).sum()',
      '#items.aggregate($total + 1, 0)',
      '#date.precision()',
    ],
  ],
  boolean: [
    ...[
      '#items.exists()',
      '#items.empty()',
      '#items.exists(#boolean)',
      '#items.all(#boolean)',
      '(# and #)',
      '(# or #)',
      '(# implies #)',
      '(# xor #)',
      '#.not()',
      '(#string = #string)',
      '(#string != #string)',
    ],
    ...[
      '(#number > #number)',
      '(#number <= #number)',
      '(#date < #date)',
      '(#date >= #date)',
      '#string.startsWith(#string)',
      '#string.contains(#string)',
      '#string.matches(#string)',
      "(#string in ('a' | 'b'))",
    ],
    ...[
      '(#items is Patient)',
      '#items.ofType(HumanName).exists()',
      '#items.isDistinct()',
      '#items.subsetOf(#items)',
      '#items.intersect(#items).empty()',
      '(#string ~ #string)',
      '#items.hasValue()',
      '#string.convertsToInteger()',
    ],
    ...[
      "#items.extension('http://provoked.test/e').exists()",
      '(#date + 1 year > #date)',
      '#date.is(date)',
      '(#items contains #string)',
      "#string.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender')",
      "#items.conformsTo('http://hl7.org/fhir/StructureDefinition/Patient')",
    ],
    ...[
      '#items.resolve().exists()',
      '(#quantity > #quantity)',
      '#items.allTrue()',
      '(#number > #string)',
      '#items.anyFalse()',
      '(#items = #items)',
      '#string.is(FHIR.code)',
      '(#string as code).exists()',
      '#items.count() = 1',
    ],
    ...[
      '#items.where(#boolean).count() > 0',
      'iif(#boolean, #, #)',
      '#items.repeat(children()).exists()',
      '#items.select(#boolean).allTrue()',
      '(#date = #date)',
      '#items.supersetOf(#items)',
      '(#items !~ #items)',
    ],
    ...[
      '#items.checkModifiers()',
      '#string.htmlChecks()',
      '#items.first().comparable(#quantity)',
      '#date.toDateTime().exists()',
      '#string.endsWith(#string)',
      '#string.matchesFull(#string)',
      '#items.none().exists()',
      '(#number ~ #number)',
    ],
  ],
  date: [
    '#.toDate()',
    '(# + #quantity)',
    '(# - 1 month)',
    'iif(#boolean, #, #)',
    '#.lowBoundary()',
    '#.highBoundary()',
    '#string.toDateTime()',
  ],
  items: [
    ...[
      '#.where(#boolean)',
      '#.first()',
      '#.last()',
      '#.tail()',
      '#.skip(1)',
      '#.take(2)',
      '(# | #)',
      '#.distinct()',
      '#.select(children())',
      '#.combine(#)',
      '#.exclude(#)',
      '#.union(#)',
      '#[0]',
      '#.descendants()',
    ],
    ...[
      '#.ofType(HumanName)',
      '(# as HumanName)',
      '#.repeat(children())',
      '#.single()',
      '#.resolve()',
      "#.extension('http://provoked.test/e')",
      '#.none',
      '#.select(nothing)',
      '#.sort()',
      'iif(#boolean, #, #)',
      "#.trace('a')",
    ],
    ...["defineVariable('a', #).select(%a)"],
  ],
  quantity: ["(#number.toString() & ' mg').toQuantity()", '#.abs()', '(# + #)'],
};

const kinds = Object.keys(literals) as Kind[];

/** An expression of a kind. */
function expressionOf(kind: Kind, random: Random, depth: number): string {
  // One in many is of another kind than is requested.
  if (random.oneIn(30)) return expressionOf(random.pick(kinds), random, depth);
  if (depth <= 0 || random.oneIn(6)) {
    const own = kind === 'quantity' || random.oneIn(4) ? literals[kind] : paths[kind];
    return random.pick(own);
  }
  return random
    .pick(makers[kind])
    .replaceAll(/#(literal|string|number|boolean|date|items|quantity)?/g, (_all, other?: Kind | 'literal') =>
      other === 'literal' ? "'a'" : expressionOf(other ?? kind, random, depth - 1),
    );
}

/** A profile of Patient whose rule is an expression of chance. */
export function ruledProfile(id: string, random: Random): Json {
  const expression = expressionOf('boolean', random, 1 + random.below(3));
  const at = random.oneIn(4) ? 'Patient.name' : 'Patient';
  const constraint = {
    // Of two findings of one rule the reference tells one.
    key: id,
    severity: random.pick(['error', 'error', 'error', 'warning']),
    human: 'Shaped',
    expression,
  };
  return profile(id, 'Patient', { [at]: { constraint: [constraint] } });
}

const names: readonly Json[] = [
  { family: 'a', given: ['a', 'b'] },
  { use: 'official', family: 'b' },
  { text: 'a', period: { start: '2026-01-31' } },
];

/** A Patient with what the expressions name, by chance. */
export const patientOf = (random: Random, profiles: readonly unknown[]): Json => ({
  resourceType: 'Patient',
  ...(random.oneIn(2) && { id: 'a' }),
  meta: { profile: profiles, ...(random.oneIn(3) && { lastUpdated: '2026-01-31T10:00:00Z' }) },
  ...(random.oneIn(4) && { language: 'en' }),
  ...(random.oneIn(4) && { extension: [{ url: `${home}/StructureDefinition/shaped-note`, valueString: 'a' }] }),
  ...(random.oneIn(2) && {
    identifier: [
      { system: 'http://provoked.test/a', value: 'a', period: { start: '2026-01-31' } },
      ...(random.oneIn(2) ? [{ system: 'http://provoked.test/b', value: 'b' }] : []),
    ],
  }),
  ...(random.oneIn(2) && { active: random.oneIn(2) }),
  ...(!random.oneIn(3) && { name: [random.pick(names), ...(random.oneIn(3) ? [random.pick(names)] : [])] }),
  ...(random.oneIn(3) && { telecom: [{ system: 'phone', value: '1', rank: 1 + random.below(2) }] }),
  ...(random.oneIn(2) && { gender: random.pick(['male', 'female']) }),
  ...(random.oneIn(2) && { birthDate: random.pick(['1990', '1990-05-14', '2026-01-31']) }),
  ...(random.oneIn(3) && random.pick([{ deceasedBoolean: true }, { deceasedDateTime: '2026-02-28T10:00:00Z' }])),
  ...(random.oneIn(4) && {
    maritalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'M' }] },
  }),
  ...(random.oneIn(3) && random.pick([{ multipleBirthInteger: 2 }, { multipleBirthBoolean: true }])),
  ...(random.oneIn(4) && { contact: [{ name: { family: 'a' } }] }),
  ...(random.oneIn(4) && {
    communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'en' }] }, preferred: true }],
  }),
  ...(random.oneIn(5) && { generalPractitioner: [{ reference: 'Practitioner/1' }] }),
  ...(random.oneIn(5) && { link: [{ other: { reference: 'Patient/2' }, type: 'seealso' }] }),
});

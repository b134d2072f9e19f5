/** Random criteria, each as it is written in a search together with what it means of the JSON of a resource. */
import { composites, parameters, type Parameter } from './parameters.ts';
import {
  at,
  compareNumbers,
  compareQuantities,
  compareRanges,
  folded,
  millionths,
  rangeOf,
  rangesOf,
  strings,
  textsOf,
  tokensOf,
  type Prefix,
  type Token,
} from './values.ts';
import {
  categories,
  codes,
  dateIn,
  decimalIn,
  families,
  givens,
  idOf,
  ids,
  local,
  loinc,
  members,
  parents,
  texts,
  ucum,
  units,
  type Chance,
  type Json,
  type Resource,
} from './world.ts';

export interface Criterion {
  readonly name: string;
  /** As in a search, escaped, but not encoded for an address. */
  readonly value: string;
  readonly meets: (resource: Resource) => boolean;
}

export interface World {
  readonly all: ReadonlyMap<string, Resource>;
  readonly byType: ReadonlyMap<string, readonly Resource[]>;
  readonly counts: Readonly<Record<string, number>>;
  readonly baseUrl: string;
}

/** https://hl7.org/fhir/R5/search.html#escaping */
const escaped = (text: string): string => text.replaceAll(/[\\,$|]/g, '\\$&');
const prefixes: readonly Prefix[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'sa', 'eb'];

/** A criterion for one value, before its parameter is known. */
interface Valued {
  readonly modifier?: string;
  readonly value: string;
  readonly meets: (elements: readonly unknown[]) => boolean;
}

/** Returns the key of what a reference leads to, `Type/id`, whatever version it names; that of another server is its address. */
export function targetOf(reference: unknown, baseUrl: string): string | undefined {
  if (typeof reference !== 'string') return undefined;
  const own = reference.startsWith(`${baseUrl}/`) ? reference.slice(baseUrl.length + 1) : reference;
  return own.replace(/\/_history\/[^/]+$/, '');
}

function oneOf(random: Chance, parameter: Parameter, world: World): Valued {
  switch (parameter.type) {
    case 'string':
      return stringValue(random);
    case 'token':
      return tokenValue(random, parameter);
    case 'date':
      return dateValue(random);
    case 'number': {
      const [prefix, value] = [random.pick(prefixes), decimalIn(random)];
      const meets = (elements: readonly unknown[]): boolean =>
        elements.some((one) => compareNumbers(prefix, millionths(one as string), value));
      return { value: written(random, prefix, value), meets };
    }
    case 'quantity': {
      const { value, meets } = quantityValue(random);
      return { value, meets: (elements) => elements.some((one) => meets(one as Json)) };
    }
    case 'reference':
      return referenceValue(random, parameter, world);
    case 'uri':
      return uriValue(random);
  }
}

const written = ({ oneIn }: Chance, prefix: Prefix, value: string): string =>
  `${prefix === 'eq' && oneIn(2) ? '' : prefix}${value}`;

function stringValue({ pick, below, oneIn }: Chance): Valued {
  const whole = pick([
    ...families,
    ...givens,
    'Toshkent',
    'Тошкент',
    'Navoiy 1',
    '100000',
    'Clinic',
    'Klinika',
    'Ward',
    'Палата',
    ...texts,
  ]);
  const part = oneIn(2) ? whole : oneIn(2) ? whole.slice(0, 1 + below(whole.length)) : whole.slice(below(whole.length));
  const text = folded(part) === '' || /^[\s'ʻ‘\p{M}]|[\s'ʻ‘]$/u.test(part) ? whole : part;
  const modifier = pick(['', '', ':exact', ':contains']);
  const asked = folded(text);
  const meets: Valued['meets'] = (elements) =>
    (elements as string[]).some((one) =>
      modifier === ':exact'
        ? one === text
        : modifier === ':contains'
          ? folded(one).includes(asked)
          : folded(one).startsWith(asked),
    );
  return { modifier, value: escaped(text), meets };
}

function tokenValue(random: Chance, { code, system }: Parameter): Valued {
  const { pick, below, oneIn } = random;
  const isOne =
    (meets: (token: Token) => boolean): Valued['meets'] =>
    (elements) =>
      tokensOf(elements, system).some(meets);
  if (code === '_id') {
    const id = `${pick(['p', 'o', 'e', 'c', 'g', 'd'])}${below(40)}`;
    return { value: id, meets: isOne((token) => token.code === id) };
  }
  const known: Record<string, string[]> = {
    ...{
      gender: ['male', 'female', 'other'],
      active: ['true', 'false'],
      deceased: ['true', 'false'],
      'clinical-status': ['active', 'resolved', 'Active'],
    },
    ...{
      status: ['final', 'amended', 'completed', 'planned', 'active', 'draft', 'partial'],
      identifier: [`${below(40)}`, 'x,y', 'X', 'x'],
      version: ['1', '1.2', '2'],
    },
    ...{
      telecom: ['+998901', 'a@x.uz'],
      phone: ['+998901', '+998902'],
      email: ['A@x.uz', 'a@x.uz'],
      category: [...categories],
      class: [...categories],
    },
  };
  const asked = pick(known[code] ?? codes);
  if (code === 'active' || code === 'deceased')
    return { modifier: pick(['', ':not']), value: asked, meets: isOne((token) => token.code === asked) };
  const systems =
    code === 'identifier'
      ? [ids, 'urn:oid:1.2.3']
      : code === 'category' || code === 'class' || code === '_tag'
        ? [local]
        : [loinc, local];
  const own =
    system ?? (code === 'clinical-status' ? 'http://terminology.hl7.org/CodeSystem/condition-clinical' : pick(systems));
  const isConcept = ['code', 'category', 'class', 'value-concept', 'component-code', 'combo-code'].includes(code);
  if (isConcept && oneIn(3)) return terminologyValue(random, code);
  const modifier = pick(['', '', '', ':not']);
  const form = below(
    system === undefined && code !== 'telecom' && code !== 'phone' && code !== 'email' && code !== 'version' ? 4 : 1,
  );
  if (form === 0) return { modifier, value: escaped(asked), meets: isOne((token) => token.code === asked) };
  if (form === 1)
    return {
      modifier,
      value: `${escaped(own)}|${escaped(asked)}`,
      meets: isOne((token) => token.code === asked && token.system === own),
    };
  if (form === 2) return { modifier, value: `${escaped(own)}|`, meets: isOne((token) => token.system === own) };
  return {
    modifier,
    value: `|${escaped(asked)}`,
    meets: isOne((token) => token.code === asked && token.system === undefined),
  };
}

/** The code itself and those below it. */
function isBelow(code: string, top: string): boolean {
  return code === top || (parents[code] !== undefined && isBelow(parents[code], top));
}

function terminologyValue({ pick, below }: Chance, code: string): Valued {
  const isOne =
    (meets: (token: Token) => boolean): Valued['meets'] =>
    (elements) =>
      tokensOf(elements).some(meets);
  const set = 'https://example.uz/ValueSet/some';
  const isMember = ({ system, code: own }: Token): boolean =>
    members.some(([of, member]) => of === system && member === own);
  const text = pick(texts);
  const start = text.slice(0, 1 + below(text.length)).trim();
  const forms: Valued[] = [
    { modifier: ':in', value: set, meets: isOne(isMember) },
    { modifier: ':not-in', value: set, meets: isOne(isMember) },
    {
      modifier: ':text',
      value: escaped(start),
      meets: (elements) => textsOf(elements as Json[]).some((one) => folded(one).startsWith(folded(start))),
    },
    { modifier: ':code-text', value: '84', meets: isOne((token) => token.code.startsWith('84')) },
  ];
  if (code === 'category' || code === 'class') {
    const top = pick(categories);
    forms.push(
      {
        modifier: ':below',
        value: `${local}|${top}`,
        meets: isOne((token) => token.system === local && isBelow(token.code, top)),
      },
      {
        modifier: ':above',
        value: `${local}|${top}`,
        meets: isOne((token) => token.system === local && isBelow(top, token.code)),
      },
    );
  }
  return pick(forms);
}

function dateValue(random: Chance): Valued {
  const [prefix, value] = [random.pick(prefixes), random.oneIn(3) ? `19${60 + random.below(40)}` : dateIn(random)];
  const asked = rangeOf(value);
  return {
    value: written(random, prefix, value),
    meets: (elements) => rangesOf(elements).some((one) => compareRanges(prefix, one, asked)),
  };
}

function quantityValue(random: Chance): { value: string; meets: (quantity: Json) => boolean } {
  const [prefix, value, code] = [random.pick(prefixes), decimalIn(random), random.pick(units)];
  const unit = random.pick([undefined, { code }, { system: ucum, code }, { system: ucum, code }]);
  const suffix = unit === undefined ? random.pick(['', '||']) : `|${'system' in unit ? unit.system : ''}|${code}`;
  return {
    value: `${written(random, prefix, value)}${suffix}`,
    meets: (one) => compareQuantities(prefix, one, value, unit),
  };
}

function referenceValue({ pick, below }: Chance, { targets = [] }: Parameter, { counts, baseUrl }: World): Valued {
  const type = pick(targets);
  const id = idOf(type, below(counts[type]! + 1));
  const key = `${type}/${id}`;
  const leads =
    (meets: (target: string) => boolean): Valued['meets'] =>
    (elements) =>
      elements.some((one) => meets(targetOf((one as Json)['reference'], baseUrl) ?? ''));
  const number = `${below(9)}`;
  return pick<Valued>([
    { value: key, meets: leads((target) => target === key) },
    { value: key, meets: leads((target) => target === key) },
    { value: `${baseUrl}/${key}`, meets: leads((target) => target === key) },
    { value: `https://other.test/fhir/${key}`, meets: leads((target) => target === `https://other.test/fhir/${key}`) },
    { modifier: `:${type}`, value: id, meets: leads((target) => target === key) },
    { value: id, meets: leads((target) => targets.some((one) => target === `${one}/${id}`)) },
    {
      modifier: ':identifier',
      value: `${ids}|${number}`,
      meets: (elements) =>
        (elements as Json[]).some((one) =>
          at(one, 'identifier').some(({ system, value }) => system === ids && value === number),
        ),
    },
    {
      modifier: ':identifier',
      value: number,
      meets: (elements) =>
        (elements as Json[]).some((one) => at(one, 'identifier').some(({ value }) => value === number)),
    },
    {
      modifier: ':text',
      value: 'kar',
      meets: (elements) =>
        (elements as Json[]).some((one) => strings(one, 'display').some((text) => folded(text).startsWith('kar'))),
    },
  ]);
}

function uriValue({ pick }: Chance): Valued {
  const value = `https://example.uz/${pick(['a', 'a/b', 'a/b/c', 'ab', 'a%20b', 'A', 'a/b/q1', 'a/q3', ''])}`;
  const isAbove = (top: string, one: string): boolean =>
    one === top || one.startsWith(top.endsWith('/') ? top : `${top}/`);
  const modifier = pick(['', ':below', ':above', ':contains']);
  const test: Record<string, (one: string) => boolean> = {
    '': (one) => one === value,
    ':below': (one) => isAbove(value, one),
    ':above': (one) => isAbove(one, value),
    ':contains': (one) => one.includes(value),
  };
  return {
    modifier,
    value: escaped(value),
    meets: (elements) => (elements as string[]).some((one) => test[modifier]!(one)),
  };
}

const negated = new Set([':not', ':not-in']);

/** One parameter with one value or several, of which any is enough; or whether it is there at all. */
function plain(random: Chance, type: string, world: World): Criterion {
  const parameter = random.pick(parameters[type]!);
  const { code, of } = parameter;
  if (random.oneIn(12) && !['_id', '_lastUpdated', '_tag'].includes(code)) {
    const isMissing = random.oneIn(2);
    return {
      name: `${code}:missing`,
      value: String(isMissing),
      meets: (one) => !isThere(parameter, of(one)) === isMissing,
    };
  }
  const first = oneOf(random, parameter, world);
  const { modifier = '' } = first;
  const values = [first];
  // A modifier holds for all values of a list.
  for (let tries = 0; tries < 3 && random.oneIn(3); tries += 1) {
    const next = oneOf(random, parameter, world);
    if ((next.modifier ?? '') === modifier) values.push(next);
  }
  const isOne = (one: Resource): boolean => values.some(({ meets }) => meets(of(one)));
  return {
    name: `${code}${modifier}`,
    value: values.map(({ value }) => value).join(','),
    meets: negated.has(modifier) ? (one) => !isOne(one) : isOne,
  };
}

/** An element without what the parameter looks at is none: a code without a coding, a reference that names none. */
function isThere({ type, system }: Parameter, elements: readonly unknown[]): boolean {
  if (type === 'token')
    return (
      tokensOf(elements, system).length > 0 ||
      textsOf(elements.filter((one): one is Json => typeof one === 'object')).length > 0
    );
  return elements.length > 0;
}

function composite(random: Chance, type: string): Criterion | undefined {
  const some = composites[type];
  if (some === undefined) return undefined;
  const { code: name, within, quantity: element } = random.pick(some);
  const code = random.pick(codes);
  const system = random.pick([undefined, loinc, local]);
  const { value, meets } = quantityValue(random);
  const isOne = (one: Json): boolean =>
    tokensOf(at(one, 'code')).some(
      (token) => token.code === code && (system === undefined || token.system === system),
    ) && at(one, element).some(meets);
  return {
    name,
    value: `${system === undefined ? '' : `${system}|`}${escaped(code)}$${value}`,
    meets: (one) => within(one).some(isOne),
  };
}

const referencesOf = (type: string): readonly Parameter[] =>
  parameters[type]!.filter((one) => one.type === 'reference');

/** Resources of a type that a parameter of a resource leads to. */
export function targetsOf(parameter: Parameter, resource: Resource, type: string, { all, baseUrl }: World): Resource[] {
  return parameter.of(resource).flatMap((one) => {
    const target = all.get(targetOf((one as Json)['reference'], baseUrl) ?? '');
    return target?.resourceType === type ? [target] : [];
  });
}

function chain(random: Chance, type: string, depth: number, world: World): Criterion | undefined {
  const among = referencesOf(type);
  if (among.length === 0) return undefined;
  const parameter = random.pick(among);
  const target = random.pick(parameter.targets!);
  const inner = criterion(random, target, depth - 1, world);
  // Where R5 names more types, or all, the world names those that it has.
  const isTyped =
    parameter.targets!.length > 1 || ['QuestionnaireResponse', 'List', 'Group'].includes(type) || random.oneIn(2);
  return {
    name: `${parameter.code}${isTyped ? `:${target}` : ''}.${inner.name}`,
    value: inner.value,
    meets: (one) => targetsOf(parameter, one, target, world).some(inner.meets),
  };
}

const referring = Object.keys(parameters).flatMap((type) =>
  referencesOf(type).map((parameter) => ({ type, parameter })),
);

function has(random: Chance, type: string, depth: number, world: World): Criterion | undefined {
  const among = referring.filter(({ parameter }) => parameter.targets!.includes(type));
  if (among.length === 0) return undefined;
  const { type: source, parameter } = random.pick(among);
  const inner = criterion(random, source, depth - 1, world);
  let referred: ReadonlySet<Resource> | undefined;
  return {
    name: `_has:${source}:${parameter.code}:${inner.name}`,
    value: inner.value,
    meets: (one) => {
      referred ??= new Set(
        world.byType
          .get(source)!
          .filter(inner.meets)
          .flatMap((other) => targetsOf(parameter, other, type, world)),
      );
      return referred.has(one);
    },
  };
}

/** A random criterion of a type; chains and `_has` up to a depth. */
export function criterion(random: Chance, type: string, depth: number, world: World): Criterion {
  const way = random.below(10);
  const wayward =
    way === 0
      ? composite(random, type)
      : depth === 0
        ? undefined
        : way < 4
          ? chain(random, type, depth, world)
          : way < 5
            ? has(random, type, depth, world)
            : undefined;
  return wayward ?? plain(random, type, world);
}

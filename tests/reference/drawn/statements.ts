/** Statements of profiles about an element, made of the values that an example has there: as it is, or a little beside it. */
import { elementsOf } from '@dhp/fhir-model';
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { without } from '../faults/fault.ts';
import { defined, extension, home, profile } from '../provoked/definition.ts';
import { isPrimitive, type Elements, type Spot } from './spots.ts';

/** A profile's statements, with the definitions that they name. */
export interface Statement {
  readonly elements: Elements;
  readonly definitions?: readonly Json[];
}

/** Makes a statement about an element; undefined if it does not fit. `id` is for the definitions that it needs. */
type Make = (spot: Spot, random: Random, id: string) => Statement | undefined;

const core = (type: string): string => `http://hl7.org/fhir/StructureDefinition/${type}`;
const suffixOf = (type: string): string => type.charAt(0).toUpperCase() + type.slice(1);
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const said = ({ path, above, member, type }: Spot, element: Json): Statement => ({
  elements: {
    ...above,
    [path]: { ...(member.element.choice && needsType(element) && { type: [{ code: type }] }), ...element },
  },
});
const needsType = (element: Json): boolean =>
  Object.keys(element).some((name) => /^(?:fixed|pattern|min[A-Z]|max[A-Z]|binding)/.test(name));

/** Members whose text may be any. */
const free =
  /^(?:display|text|family|unit|title|name|description|city|district|label|country|comment|note|caption|code|system)$/;

/** The value a little beside itself, and still of its type: a definition with another one cannot be read. */
function beside(value: unknown, random: Random): unknown {
  if (typeof value === 'string') {
    if (/^\d{4}/.test(value)) return value.replace(/^\d{4}/, (year) => String(Number(year) + 1));
    return random.pick([`${value}x`, value.slice(0, -1).trim() || 'x']);
  }
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  if (Array.isArray(value))
    return random.oneIn(2) ? value.slice(0, 1) : [...(value.slice(0, -1) as unknown[]), beside(value.at(-1), random)];
  if (!isObject(value)) return value;
  const names = Object.keys(value).filter((name) => !name.startsWith('_') && name !== 'extension');
  if (names.length === 0) return value;
  const changeable = names.filter((name) => typeof value[name] !== 'string' || free.test(name));
  const isContact = 'rank' in value || ('system' in value && !String(value['system']).includes(':'));
  if (changeable.length === 0 || isContact || random.oneIn(2))
    return names.length > 1 ? without(value, random.pick(names)) : value;
  const name = random.pick(changeable);
  return { ...value, [name]: beside(value[name], random) };
}

/** Types whose values may be changed as texts. */
const textual =
  /^(?:string|markdown|uri|url|canonical|code|id|date|dateTime|instant|integer|decimal|boolean|positiveInt|unsignedInt|integer64)$/;

/** The value itself more often than one beside it. */
const near = (value: unknown, type: string, random: Random): unknown =>
  random.oneIn(3) && (!isPrimitive(type) || textual.test(type)) ? beside(value, random) : value;

const lowest = ({ member }: Spot): number => member.element.min;

const limits: Make = (spot, random) => {
  const count = spot.values.length;
  const { max } = spot.member.element;
  const least = Math.max(lowest(spot), random.pick([0, 1, count, count + 1]));
  const most = random.pick([count, Math.max(least, count - 1), count + 1]);
  return said(spot, {
    ...(random.oneIn(3) ? {} : { min: Math.min(least, max) }),
    ...(random.oneIn(2) && most >= Math.max(least, 1) && most <= max && { max: String(most) }),
  });
};

const forbidden: Make = (spot) => (lowest(spot) === 0 ? said(spot, { max: '0' }) : undefined);

/** Types of which the reference compares whole values. */
const comparedWhole =
  /^(?:boolean|code|id|uri|url|canonical|oid|uuid|string|markdown|date|dateTime|instant|time|integer|positiveInt|unsignedInt|decimal|Address|Attachment|CodeableConcept|Coding|ContactPoint|HumanName|Identifier|Period|Quantity|Range|Ratio|Reference)$/;

const whole =
  (word: 'fixed' | 'pattern'): Make =>
  (spot, random) => {
    if (!comparedWhole.test(spot.type)) return undefined;
    return said(spot, {
      [`${word}${suffixOf(spot.type)}`]: near(random.pick(spot.values), spot.type, random),
      ...(random.oneIn(4) && { min: 1 }),
    });
  };

const types: Make = (spot, random) => {
  const { element } = spot.member;
  if (!element.choice) return undefined;
  const all = [...new Set([spot.type, ...element.types])].filter((one) => random.oneIn(3) || one === spot.type);
  const chosen = random.oneIn(4) ? all.filter((one) => one !== spot.type) : all;
  return chosen.length === 0 ? undefined : said(spot, { type: chosen.map((code) => ({ code })) });
};

const targets: Make = (spot, random, id) => {
  const { targets: allowed = [] } = spot.member.element;
  if (!/^(?:Reference|CodeableReference)$/.test(spot.type) || allowed.length === 0) return undefined;
  const named = /([A-Z]\w+)\//.exec(JSON.stringify(random.pick(spot.values)))?.[1];
  const any = allowed.includes('Resource') ? ['Patient', 'Observation', 'Basic'] : allowed;
  const chosen = new Set([
    random.pick(any),
    ...(named !== undefined && (any.includes(named) || any === allowed) && !random.oneIn(3) ? [named] : []),
  ]);
  const held = random.oneIn(4) ? [...chosen][0]! : undefined;
  const type: Json = {
    code: spot.type,
    targetProfile: [...chosen].map((one) => (one === held ? `${home}/StructureDefinition/${id}-target` : core(one))),
    ...(random.oneIn(5) && { aggregation: [random.pick(['contained', 'referenced', 'bundled'])] }),
    ...(random.oneIn(8) && { versioning: random.pick(['either', 'independent', 'specific']) }),
  };
  const definitions = held === undefined ? [] : [profile(`${id}-target`, held, { [`${held}.meta`]: { min: 1 } })];
  return { ...said(spot, { type: [type] }), definitions };
};

/** Codes in the value, with their systems. */
function codesIn(value: unknown): Json[] {
  if (!isObject(value)) return [];
  const codings = [value['coding'], (value['concept'] as Json | undefined)?.['coding']].flat().filter(isObject);
  return [...codings, value].filter((one) => typeof one['system'] === 'string' && typeof one['code'] === 'string');
}

const binding: Make = (spot, random, id) => {
  const isCode = spot.type === 'code';
  if (!/^(?:code|Coding|CodeableConcept|CodeableReference|Quantity)$/.test(spot.type)) return undefined;
  // A code has no system of its own: it may be any of the value set.
  const codes = isCode
    ? spot.values.map((code): Json => ({ system: `${home}/CodeSystem/${id}-codes`, code }))
    : spot.values.flatMap(codesIn);
  const kept = codes.filter(() => !random.oneIn(3));
  const include = kept.map(({ system: of, code, display }) => ({
    system: of,
    concept: [{ code, ...(random.oneIn(3) && display !== undefined && { display }) }],
  }));
  const own = { system: `${home}/CodeSystem/${id}-codes`, ...(random.oneIn(2) && { concept: [{ code: 'a' }] }) };
  const definitions = [
    defined('ValueSet', `${id}-set`, {
      compose: { include: isCode || random.oneIn(2) ? [...include, own] : include.length > 0 ? include : [own] },
    }),
    defined('CodeSystem', `${id}-codes`, {
      ...{ caseSensitive: true, content: 'complete' },
      concept: [
        ...(isCode ? kept.map(({ code }) => ({ code, display: 'Own' })) : []),
        { code: 'a', display: 'A' },
        { code: 'b' },
      ],
    }),
  ];
  const named = `${home}/ValueSet/${id}-set${random.oneIn(5) ? random.pick(['|1.0.0', '|2.0.0']) : ''}`;
  const strength = random.pick(['required', 'required', 'extensible', 'preferred', 'example']);
  const additional = [{ purpose: random.pick(['required', 'extensible', 'maximum', 'candidate']), valueSet: named }];
  const bound = spot.member.element.binding;
  // An element with codes of R5 may be bound to fewer of them alone.
  if (bound?.strength === 'required' && random.oneIn(2))
    return { ...said(spot, { binding: { strength: 'required', valueSet: bound.valueSet, additional } }), definitions };
  return {
    ...said(spot, { binding: { strength: bound?.strength === 'required' ? 'required' : strength, valueSet: named } }),
    definitions,
  };
};

const lengths: Make = (spot, random) => {
  const value = random.pick(spot.values);
  if (typeof value !== 'string' || !/^(?:string|markdown|uri|url|code|id)$/.test(spot.type)) return undefined;
  return said(spot, { maxLength: Math.max(1, value.length + random.pick([-1, 0, 1])) });
};

const bounds: Make = (spot, random) => {
  if (!/^(?:date|dateTime|instant|time|integer|positiveInt|unsignedInt|decimal|Quantity)$/.test(spot.type))
    return undefined;
  const value = random.pick(spot.values);
  const moved = (by: number): unknown => {
    if (typeof value === 'number') return value + by;
    if (isObject(value))
      return typeof value['value'] === 'number' ? { ...value, value: value['value'] + by } : undefined;
    return typeof value === 'string' ? value.replace(/^\d{4}/, (year) => String(Number(year) + by)) : undefined;
  };
  const [low, high] = [moved(random.pick([-1, 0, 1])), moved(random.pick([-1, 0, 1]))];
  if (low === undefined || high === undefined) return undefined;
  return said(
    spot,
    random.oneIn(2) ? { [`minValue${suffixOf(spot.type)}`]: low } : { [`maxValue${suffixOf(spot.type)}`]: high },
  );
};

/** Rules about the value and its members, true of the example or not. */
const rule: Make = (spot, random, id) => {
  const value = random.pick(spot.values);
  const names = [...(elementsOf(spot.type)?.keys() ?? [])].filter((name) => name !== 'extension' && name !== 'id');
  const member = names.length === 0 ? undefined : random.pick(names);
  const text = typeof value === 'string' ? value.slice(0, 3).replaceAll(/[\\']/g, '') : 'a';
  const all = [
    ...(member === undefined
      ? [
          `$this = '${text}'`,
          `toString().startsWith('${text}')`,
          `$this.toString().length() < ${text.length + 2}`,
          `toString().contains('${text}')`,
          `$this.exists() and hasValue()`,
        ]
      : [
          `${member}.exists()`,
          `${member}.empty()`,
          `${member}.count() = 1`,
          `${member}.exists() implies id.empty()`,
          `${member}.hasValue() or extension.exists()`,
          `descendants().count() > 2`,
        ]),
    `%resource.id.exists()`,
    `%context.exists()`,
    `%resource.meta.profile.count() = 1`,
  ];
  return said(spot, {
    constraint: [
      {
        key: `${id.replaceAll(/[^a-z0-9]/g, '').slice(-8)}-1`,
        severity: random.pick(['error', 'error', 'warning']),
        human: 'A rule',
        expression: random.pick(all),
      },
    ],
  });
};

const valued: Make = (spot, random) => {
  if (!isPrimitive(spot.type) || spot.member.element.choice) return undefined;
  return said(
    spot,
    random.oneIn(2)
      ? { mustHaveValue: true, ...(random.oneIn(2) && { min: 1 }) }
      : { valueAlternatives: [core('data-absent-reason')] },
  );
};

/** A profile of the type of the value. */
const typeProfile: Make = (spot, random, id) => {
  if (
    isPrimitive(spot.type) ||
    !/^(?:HumanName|Address|Identifier|Coding|CodeableConcept|Reference|Period|Quantity|ContactPoint|Timing|Dosage|Annotation|Attachment)$/.test(
      spot.type,
    )
  )
    return undefined;
  const names = [...(elementsOf(spot.type)?.values() ?? [])].filter(
    (one) => !/^(?:extension|modifierExtension|id)$/.test(one.name) && !one.choice,
  );
  const [first, second] = [random.pick(names), random.pick(names)];
  const element = (one: { readonly min: number }): Json =>
    random.oneIn(3) && one.min === 0 ? { max: '0' } : { min: 1 };
  const elements: Elements = {
    [`${spot.type}.${first.name}`]: element(first),
    ...(random.oneIn(2) && { [`${spot.type}.${second.name}`]: element(second) }),
  };
  const sorted = Object.fromEntries(
    names
      .map(({ name }) => `${spot.type}.${name}`)
      .filter((path) => path in elements)
      .map((path) => [path, elements[path]!]),
  );
  const definition = profile(`${id}-type`, spot.type, sorted, { kind: 'complex-type' });
  const { targets: allowed } = spot.member.element;
  const type = {
    code: spot.type,
    profile: [`${home}/StructureDefinition/${id}-type`],
    ...(spot.type === 'Reference' && allowed && { targetProfile: allowed.map(core) }),
  };
  return { ...said(spot, { type: [type] }), definitions: [definition] };
};

/** Whether the reference tells slices apart by such a value. */
const isTold = (type: string, value: unknown): boolean =>
  isPrimitive(type)
    ? type !== 'integer64'
    : type === 'Coding' || (type === 'CodeableConcept' && isObject(value) && value['text'] === undefined);

/** Slices of a list by what its items have. */
const slices: Make = (spot, random) => {
  if (spot.member.element.max < 2 || spot.member.element.choice) return undefined;
  const items = spot.values.filter(isObject);
  const item = items.length === 0 ? undefined : random.pick(items);
  if (item === undefined) return undefined;
  const known = elementsOf(spot.type) ?? new Map<string, never>();
  const names = Object.keys(item).filter(
    (name) => known.has(name) && !/^(?:extension|modifierExtension|id)$/.test(name),
  );
  if (names.length === 0) return undefined;
  const name = random.pick(names);
  const element = known.get(name)!;
  const value = item[name];
  const single: unknown = Array.isArray(value) ? value[0] : value;
  const way = random.pick(['value', 'value', 'pattern', 'exists', 'type']);
  const type = element.types[0]!;
  const slicing = {
    discriminator: [{ type: way === 'type' ? 'value' : way, path: name }],
    rules: random.pick(['open', 'open', 'closed', 'openAtEnd']),
    ...(random.oneIn(4) && { ordered: true }),
  };
  if (type.includes('.') || (way !== 'exists' && !isTold(type, single))) return undefined;
  const word = random.pick(['fixed', 'pattern']);
  const more = {
    ...(random.oneIn(2) && { min: random.below(3) }),
    ...(random.oneIn(2) && { max: random.pick(['1', '2']) }),
  };
  const held: Json = way === 'exists' ? {} : { [`${word}${suffixOf(type)}`]: near(single, type, random) };
  const ends = way === 'exists' && random.oneIn(2) && element.min === 0 ? { max: '0' } : { min: 1 };
  const elements: Record<string, Json> = {
    ...spot.above,
    [spot.path]: { slicing, ...(random.oneIn(4) && { min: 1 }) },
    [`${spot.path}:one`]: (more.min ?? 0) > Number(more.max ?? 9) ? { min: 1, max: '1' } : more,
    [`${spot.path}:one.${name}`]: { ...held, ...ends },
  };
  if (random.oneIn(2)) {
    elements[`${spot.path}:two`] = random.oneIn(2) ? { max: '1' } : {};
    elements[`${spot.path}:two.${name}`] =
      way === 'exists'
        ? 'max' in ends
          ? { min: 1 }
          : element.min === 0
            ? { max: '0' }
            : { min: 1 }
        : {
            min: 1,
            [`${word}${suffixOf(type)}`]: textual.test(type) || !isPrimitive(type) ? beside(single, random) : single,
          };
  }
  return { elements };
};

/** Slices of a choice by its types. */
const typeSlices: Make = (spot, random) => {
  const { element } = spot.member;
  if (!element.choice) return undefined;
  const others = element.types.filter((one) => one !== spot.type);
  const chosen = [spot.type, ...(random.oneIn(2) && others.length > 0 ? [random.pick(others)] : [])];
  const elements: Record<string, Json> = {
    ...spot.above,
    [spot.path]: {
      slicing: { discriminator: [{ type: 'type', path: '$this' }], rules: random.pick(['open', 'closed']) },
    },
  };
  for (const type of chosen) {
    const id = `${spot.path}:${element.name}${suffixOf(type)}`;
    elements[id] = { type: [{ code: type }], ...(type === spot.type && random.oneIn(2) && { min: 1 }) };
    const names = [...(elementsOf(type)?.values() ?? [])].filter(
      (one) => !one.choice && !/^(?:id|extension|modifierExtension)$/.test(one.name),
    );
    if (names.length > 0 && !isPrimitive(type) && random.oneIn(2)) {
      const { name, min } = random.pick(names);
      elements[`${id}.${name}`] = random.oneIn(3) && min === 0 ? { max: '0' } : { min: 1 };
    }
  }
  return { elements };
};

/** An extension that the element must have, or may. */
const extended: Make = (spot, random, id) => {
  if (spot.type === 'xhtml') return undefined;
  const [first] = spot.path.split('.');
  const held = random.pick([
    { 'Extension.value[x]': { min: 1, type: [{ code: 'string' }] } },
    { 'Extension.value[x]': { min: 1, type: [{ code: 'code' }, { code: 'Coding' }] } },
  ]);
  const definition = extension(`${id}-more`, held, {
    context: [
      { type: 'element', expression: random.oneIn(3) ? first : 'Element' },
      { type: 'element', expression: 'Resource' },
    ],
  });
  const elements: Elements = {
    ...spot.above,
    [spot.path]: spot.member.element.choice ? { type: [{ code: spot.type }] } : {},
    [`${spot.path}.extension`]: {
      slicing: { discriminator: [{ type: 'value', path: 'url' }], rules: random.pick(['open', 'closed']) },
    },
    [`${spot.path}.extension:more`]: {
      min: random.below(2),
      max: '1',
      type: [{ code: 'Extension', profile: [`${home}/StructureDefinition/${id}-more`] }],
    },
  };
  return { elements, definitions: [definition] };
};

/** Kinds of statements by their names. */
export const makes: Readonly<Record<string, Make>> = {
  limits,
  'limits again': limits,
  forbidden,
  fixed: whole('fixed'),
  pattern: whole('pattern'),
  'pattern again': whole('pattern'),
  types,
  targets,
  binding,
  'binding again': binding,
  lengths,
  bounds,
  rule,
  valued,
  'profile of a type': typeProfile,
  slices,
  'slices again': slices,
  'slices of types': typeSlices,
  extended,
};

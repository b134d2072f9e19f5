import { systemOfElement } from './bindings.ts';
import type { Found } from './engine.ts';

/** A fact about one value, by the tables of https://hl7.org/fhir/R5/search.html, written without the code under test. */
export type Fact =
  | { readonly kind: 'token'; readonly system: string | undefined; readonly code: string; readonly sorted: boolean }
  | { readonly kind: 'system'; readonly system: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'typed'; readonly text: string }
  | { readonly kind: 'reference'; readonly text: string }
  | { readonly kind: 'identifier'; readonly system: string; readonly value: string }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'date'; readonly low: number; readonly high: number; readonly text: string | undefined }
  | { readonly kind: 'number'; readonly low: number; readonly high: number }
  | {
      readonly kind: 'quantity';
      readonly low: number;
      readonly high: number;
      readonly unit: readonly [string, string, string];
    }
  | { readonly kind: 'uri'; readonly text: string };

type Json = Readonly<Record<string, unknown>>;

const list = (value: unknown): Json[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]) as Json[];
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Dates without a zone are of UTC here. */
export function factsOf({ value, type, element }: Found, parameter: string): Fact[] {
  switch (parameter) {
    case 'token':
      return tokens(value, type, element);
    case 'string':
      return strings(value as Json, type);
    case 'reference':
      return references(value, type);
    case 'date':
      return dates(value, type);
    case 'number':
      return [{ kind: 'number', low: Number(value), high: Number(value) }];
    case 'quantity':
      return quantities(value as Json, type);
    default:
      return [{ kind: 'uri', text: text(value) }];
  }
}

function tokens(value: unknown, type: string, element: string | undefined): Fact[] {
  const object = value as Json;
  switch (type) {
    case 'CodeableReference':
      return list(object.concept).flatMap((one) => tokens(one, 'CodeableConcept', undefined));
    case 'CodeableConcept':
      return [...list(object.coding).flatMap((one) => tokens(one, 'Coding', undefined)), ...texts(object.text)];
    case 'Coding':
      return [...coded(text(object.system), text(object.code), true), ...texts(object.display)];
    case 'Identifier': {
      const kind = (object.type ?? {}) as Json;
      const typed = object.value === undefined ? [] : list(kind.coding).filter((one) => one.code !== undefined);
      return [
        ...coded(text(object.system), text(object.value), false),
        ...(object.system === undefined && object.value === undefined ? [] : texts(kind.text)),
        ...typed.map(({ system, code }): Fact => ({
          kind: 'typed',
          text: `${text(system)}|${text(code)}|${text(object.value)}`,
        })),
      ];
    }
    // MedicinalProductDefinition.characteristic finds quantities too, which have no code to be requested.
    case 'Quantity':
      return [];
    case 'ContactPoint':
      return object.value === undefined ? [] : coded(undefined, text(object.value), false);
    case 'boolean':
      return coded('http://terminology.hl7.org/CodeSystem/special-values', String(value), true);
    case 'code':
      return coded(element === undefined ? undefined : systemOfElement(element, String(value)), String(value), true);
    default:
      return coded(undefined, String(value), false);
  }
}

function coded(system: string | undefined, code: string, sorted: boolean): Fact[] {
  return [
    ...(code === '' ? [] : [{ kind: 'token', system, code, sorted } as const]),
    ...(system === undefined || system === '' ? [] : [{ kind: 'system', system } as const]),
  ];
}

function texts(value: unknown): Fact[] {
  return value === undefined ? [] : [{ kind: 'text', text: text(value) }];
}

const partsOf: Readonly<Record<string, readonly string[]>> = {
  HumanName: ['family', 'given', 'prefix', 'suffix', 'text'],
  Address: ['line', 'city', 'district', 'state', 'country', 'postalCode', 'text'],
  CodeableConcept: ['text'],
};

function strings(value: Json, type: string): Fact[] {
  const all: readonly unknown[] = partsOf[type]?.flatMap((part) => list(value[part])) ?? [value];
  return all.map((one) => ({ kind: 'string', text: text(one) }));
}

function references(value: unknown, type: string): Fact[] {
  const object = value as Json;
  if (type === 'CodeableReference') return list(object.reference).flatMap((one) => references(one, 'Reference'));
  if (typeof value === 'string') return named(value);
  if (type !== 'Reference') {
    return object.id === undefined ? [] : named(`${text(object.resourceType)}/${text(object.id)}`);
  }
  const { value: identified, system } = (object.identifier ?? {}) as Json;
  return [
    ...named(text(object.reference)),
    ...(identified === undefined
      ? []
      : [{ kind: 'identifier', system: text(system), value: text(identified) } as const]),
    ...texts(object.display),
  ];
}

function named(reference: string): Fact[] {
  if (reference === '' || reference.startsWith('#')) return [];
  const fact = (one: string): Fact => ({ kind: 'reference', text: one });
  const [base, version] = reference.split(reference.includes('/_history/') ? '/_history/' : '|') as [string, string?];
  if (version === undefined) return [fact(base)];
  const isLocal = /^[A-Z][A-Za-z]+\/[^/]+$/.test(base);
  return [fact(base), fact(isLocal ? reference : `${base}|${version}`)];
}

function dates(value: unknown, type: string): Fact[] {
  if (type === 'Period') {
    const { start, end } = value as { start?: string; end?: string };
    if (start === undefined && end === undefined) return [];
    const low = start === undefined ? -Infinity : covered(start).low;
    return [{ kind: 'date', low, high: end === undefined ? Infinity : covered(end).high, text: undefined }];
  }
  if (type === 'Timing') {
    const { event = [], repeat } = value as { event?: string[]; repeat?: { boundsPeriod?: unknown } };
    const spans = [
      ...event.map(covered),
      ...(repeat?.boundsPeriod === undefined
        ? []
        : (dates(repeat.boundsPeriod, 'Period') as { low: number; high: number }[])),
    ];
    if (spans.length === 0) return [];
    const [low, high] = [Math.min(...spans.map((one) => one.low)), Math.max(...spans.map((one) => one.high))];
    return [{ kind: 'date', low, high, text: undefined }];
  }
  // Some parameters of type date lead to elements that may be another thing, such as a Duration.
  return typeof value === 'string' ? [{ kind: 'date', ...covered(value), text: value }] : [];
}

function covered(written: string): { low: number; high: number } {
  const [year = 0, month, day] = written.slice(0, 10).split('-').map(Number);
  if (!written.includes('T')) {
    const low = Date.UTC(year, (month ?? 1) - 1, day ?? 1);
    if (month === undefined) return { low, high: Date.UTC(year + 1, 0, 1) };
    return { low, high: day === undefined ? Date.UTC(year, month, 1) : Date.UTC(year, month - 1, day + 1) };
  }
  const low = Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(written) ? written : `${written}Z`);
  const fraction = /\.(\d{1,3})/.exec(written)?.[1];
  return { low, high: low + (fraction === undefined ? 1000 : 10 ** (3 - fraction.length)) };
}

interface Sampled {
  readonly origin: Json;
  readonly factor?: number;
  readonly lowerLimit?: number;
  readonly upperLimit?: number;
}

function quantities(value: Json, type: string): Fact[] {
  const unitOf = (one: Json) => [text(one.system), text(one.code), text(one.unit)] as const;
  if (type === 'Range') {
    const [low, high] = [(value.low ?? {}) as Json, (value.high ?? {}) as Json];
    const unit = unitOf(low.value === undefined ? high : low);
    if (low.value === undefined && high.value === undefined) return [];
    const [from, to] = [(low.value as number | undefined) ?? -Infinity, (high.value as number | undefined) ?? Infinity];
    return [{ kind: 'quantity', low: from, high: to, unit }];
  }
  if (type === 'SampledData') {
    const { origin, factor = 1, lowerLimit, upperLimit } = value as unknown as Sampled;
    if (lowerLimit === undefined || upperLimit === undefined) return [];
    const zero = (origin.value as number | undefined) ?? 0;
    return [
      { kind: 'quantity', low: zero + lowerLimit * factor, high: zero + upperLimit * factor, unit: unitOf(origin) },
    ];
  }
  const amount = value.value as number | undefined;
  if (amount === undefined) return [];
  const unit = type === 'Money' ? (['urn:iso:std:iso:4217', text(value.currency), ''] as const) : unitOf(value);
  const comparator = text(value.comparator);
  const low = comparator.startsWith('<') ? -Infinity : amount;
  return [{ kind: 'quantity', low, high: comparator.startsWith('>') ? Infinity : amount, unit }];
}

/** Short ways to write the definitions and resources with which messages of the reference validator are provoked. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';

/** Where the definitions are, which are nobody's. */
export const home = 'http://provoked.test/fhir';

/** A resource that is made to provoke a finding. */
export interface Provocation {
  readonly kind: string;
  readonly resource: Json | string;
}

/** Provocations by their kinds; several of one kind are numbered. */
export type Provocations = Readonly<Record<string, Json | string | readonly (Json | string)[]>>;

export function provocationsOf(all: Provocations): Provocation[] {
  return Object.entries(all).flatMap(([kind, one]) =>
    Array.isArray(one)
      ? (one as readonly (Json | string)[]).map((resource, i) => ({ kind: `${kind} ${i + 1}`, resource }))
      : [{ kind, resource: one as Json | string }],
  );
}

const ucum = 'http://unitsofmeasure.org';

export const amount = (value: number, code = 'kg', more: Json = {}): Json => ({
  value,
  unit: code,
  system: ucum,
  code,
  ...more,
});

const metadata = { version: '1.0.0', status: 'active', experimental: false, date: '2026-01-31' } as const;

/** A definition with statements about itself. */
export const defined = (resourceType: string, id: string, more: Json): Json => ({
  resourceType,
  id,
  url: `${home}/${resourceType}/${id}`,
  name: id
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(''),
  title: id,
  ...metadata,
  publisher: 'Nobody',
  description: `The definition ${id}`,
  ...more,
});

/** A profile with elements by their ids: `Patient.name:official` is the slice `official`. */
export function profile(id: string, type: string, elements: Readonly<Record<string, Json>>, more: Json = {}): Json {
  return defined('StructureDefinition', id, {
    fhirVersion: '5.0.0',
    kind: /^[A-Z][a-z]+(?:able|ing)?$/.test(type) && types.has(type) ? 'complex-type' : 'resource',
    abstract: false,
    type,
    baseDefinition: `http://hl7.org/fhir/StructureDefinition/${type}`,
    derivation: 'constraint',
    differential: {
      element: Object.entries({ ...(type in elements ? {} : { [type]: {} }), ...elements }).map(([key, element]) => ({
        id: key,
        path: key.replaceAll(/:[^.]*/g, ''),
        ...(/:[^.]*$/.test(key) && { sliceName: key.slice(key.lastIndexOf(':') + 1) }),
        ...element,
      })),
    },
    ...more,
  });
}

const types = new Set(['Extension', 'Quantity', 'HumanName', 'Address', 'Identifier', 'Coding', 'Reference', 'Period']);

/** The definition of an extension with a value of a type, or with extensions within. */
export const extension = (id: string, elements: Readonly<Record<string, Json>>, more: Json = {}): Json =>
  profile(
    id,
    'Extension',
    { ...elements, 'Extension.url': { fixedUri: `${home}/StructureDefinition/${id}` } },
    { context: [{ type: 'element', expression: 'Patient' }], ...more },
  );

/** A claim to meet profiles. */
export const claiming = (...ids: readonly string[]): Json => ({
  meta: { profile: ids.map((id) => `${home}/StructureDefinition/${id}`) },
});

const div = (content: string): string => `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`;

export const told = (content = 'Nothing'): Json => ({ text: { status: 'generated', div: div(content) } });

export const observation = (more: Json): Json => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'Something' },
  ...more,
});

export const patient = (more: Json = {}): Json => ({ resourceType: 'Patient', ...more });

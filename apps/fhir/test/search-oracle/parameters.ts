/** Search parameters of R5, each with the elements that it looks at, written from https://hl7.org/fhir/R5/searchparameter-registry.html. */
import { at, strings } from './values.ts';
import type { Json, Resource } from './world.ts';

type Elements = (resource: Json) => unknown[];

export interface Parameter {
  readonly code: string;
  readonly type: 'string' | 'token' | 'date' | 'number' | 'quantity' | 'reference' | 'uri';
  readonly of: Elements;
  /** Of a code that names no system: that of its value set. */
  readonly system?: string;
  /** Of a reference: the types that it may lead to. */
  readonly targets?: readonly string[];
}

const path =
  (...names: string[]): Elements =>
  (resource) =>
    at(resource, ...names);
const any =
  (...paths: string[][]): Elements =>
  (resource) =>
    paths.flatMap((names) => at(resource, ...names));
const name: Elements = (resource) =>
  at(resource, 'name').flatMap((one) =>
    ['family', 'given', 'text', 'prefix', 'suffix'].flatMap((part) => strings(one, part)),
  );
const address: Elements = (resource) =>
  at(resource, 'address').flatMap((one) =>
    ['text', 'line', 'city', 'district', 'state', 'postalCode', 'country'].flatMap((part) => strings(one, part)),
  );

const string = (code: string, of: Elements): Parameter => ({ code, type: 'string', of });
const token = (code: string, of: Elements, system?: string): Parameter => ({
  code,
  type: 'token',
  of,
  ...(system !== undefined && { system }),
});
const date = (code: string, of: Elements): Parameter => ({ code, type: 'date', of });
const number = (code: string, of: Elements): Parameter => ({ code, type: 'number', of });
const quantity = (code: string, of: Elements): Parameter => ({ code, type: 'quantity', of });
const uri = (code: string, of: Elements): Parameter => ({ code, type: 'uri', of });
const reference = (code: string, of: Elements, ...targets: string[]): Parameter => ({
  code,
  type: 'reference',
  of,
  targets,
});
/** Of several types that a reference may lead to, Patient alone. */
const patient = (element: string): Parameter =>
  reference(
    'patient',
    (resource) =>
      at(resource, element).filter((one) => /(^|\/)Patient\/[^/]+(\/_history\/1)?$/.test(String(one['reference']))),
    'Patient',
  );

const everywhere: readonly Parameter[] = [
  token('_id', path('id')),
  token('_tag', path('meta', 'tag')),
  date('_lastUpdated', path('meta', 'lastUpdated')),
];

export const parameters: Readonly<Record<string, readonly Parameter[]>> = Object.fromEntries(
  Object.entries({
    Patient: [
      token('identifier', path('identifier')),
      token('active', path('active')),
      string('name', name),
      string('family', path('name', 'family')),
      string('given', path('name', 'given')),
      token('gender', path('gender'), 'http://hl7.org/fhir/administrative-gender'),
      date('birthdate', path('birthDate')),
      date('death-date', path('deceasedDateTime')),
      token('deceased', (one) => [one['deceasedDateTime'] !== undefined || one['deceasedBoolean'] === true]),
      string('address', address),
      string('address-city', path('address', 'city')),
      string('address-postalcode', path('address', 'postalCode')),
      token('telecom', path('telecom')),
      token('phone', (one) => at(one, 'telecom').filter(({ system }) => system === 'phone')),
      token('email', (one) => at(one, 'telecom').filter(({ system }) => system === 'email')),
      reference('general-practitioner', path('generalPractitioner'), 'Practitioner', 'Organization'),
      reference('organization', path('managingOrganization'), 'Organization'),
      reference('link', path('link', 'other'), 'Patient'),
    ],
    Practitioner: [
      string('name', name),
      string('family', path('name', 'family')),
      token('gender', path('gender'), 'http://hl7.org/fhir/administrative-gender'),
    ],
    Organization: [string('name', any(['name'], ['alias'])), reference('partof', path('partOf'), 'Organization')],
    Encounter: [
      token('status', path('status'), 'http://hl7.org/fhir/encounter-status'),
      token('class', path('class')),
      reference('subject', path('subject'), 'Patient'),
      patient('subject'),
      date('date', path('actualPeriod')),
      reference('part-of', path('partOf'), 'Encounter'),
      reference('service-provider', path('serviceProvider'), 'Organization'),
    ],
    Observation: [
      token('status', path('status'), 'http://hl7.org/fhir/observation-status'),
      token('category', path('category')),
      token('code', path('code')),
      reference('subject', path('subject'), 'Patient', 'Location'),
      patient('subject'),
      reference('encounter', path('encounter'), 'Encounter'),
      reference('performer', path('performer'), 'Practitioner', 'Patient', 'Organization'),
      date('date', any(['effectiveDateTime'], ['effectivePeriod'], ['effectiveInstant'])),
      quantity('value-quantity', path('valueQuantity')),
      token('value-concept', path('valueCodeableConcept')),
      token('component-code', path('component', 'code')),
      token('combo-code', any(['code'], ['component', 'code'])),
      quantity('component-value-quantity', path('component', 'valueQuantity')),
      quantity('combo-value-quantity', any(['valueQuantity'], ['component', 'valueQuantity'])),
      reference('has-member', path('hasMember'), 'Observation'),
    ],
    Condition: [
      token('clinical-status', path('clinicalStatus')),
      token('code', path('code')),
      reference('subject', path('subject'), 'Patient'),
      patient('subject'),
      reference('encounter', path('encounter'), 'Encounter'),
      date('recorded-date', path('recordedDate')),
      date('onset-date', any(['onsetDateTime'], ['onsetPeriod'])),
      string('onset-info', path('onsetString')),
    ],
    RiskAssessment: [
      reference('subject', path('subject'), 'Patient'),
      patient('subject'),
      date('date', path('occurrenceDateTime')),
      number('probability', path('prediction', 'probabilityDecimal')),
      token('risk', path('prediction', 'qualitativeRisk')),
    ],
    DiagnosticReport: [
      token('status', path('status'), 'http://hl7.org/fhir/diagnostic-report-status'),
      token('code', path('code')),
      reference('subject', path('subject'), 'Patient'),
      patient('subject'),
      reference('result', path('result'), 'Observation'),
      date('issued', path('issued')),
    ],
    Location: [
      string('name', path('name')),
      reference('partof', path('partOf'), 'Location'),
      token('status', path('status'), 'http://hl7.org/fhir/location-status'),
      reference('organization', path('managingOrganization'), 'Organization'),
    ],
    Questionnaire: [
      uri('url', path('url')),
      token('version', path('version')),
      token('status', path('status'), 'http://hl7.org/fhir/publication-status'),
      string('title', path('title')),
      date('date', path('date')),
    ],
    QuestionnaireResponse: [
      reference('subject', path('subject'), 'Patient'),
      patient('subject'),
      reference('author', path('author'), 'Practitioner', 'Patient'),
    ],
    List: [reference('item', path('entry', 'item'), 'Patient', 'Observation')],
    Group: [reference('member', path('member', 'entity'), 'Patient')],
  } satisfies Record<string, Parameter[]>).map(([type, own]) => [type, [...own, ...everywhere]]),
);

/** Composites: the parameters of their parts, and within what they hold together. */
export const composites: Readonly<
  Record<string, readonly { code: string; within: (one: Resource) => Json[]; quantity: string }[]>
> = {
  Observation: [
    { code: 'code-value-quantity', within: (one) => [one], quantity: 'valueQuantity' },
    { code: 'component-code-value-quantity', within: (one) => at(one, 'component'), quantity: 'valueQuantity' },
    { code: 'combo-code-value-quantity', within: (one) => [one, ...at(one, 'component')], quantity: 'valueQuantity' },
  ],
};

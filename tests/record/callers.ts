/** Callers of the requests: claims beside those of a token for everything, or the header as it stands. */

export type Caller =
  { readonly claims: Readonly<Record<string, unknown>> } | { readonly authorization: string | undefined };

const scope = (scope: string, more: Record<string, unknown> = {}): Caller => ({ claims: { scope, ...more } });
const category = 'http://terminology.hl7.org/CodeSystem/observation-category';

export const callers = {
  all: { claims: {} },
  none: { authorization: undefined },
  noBearer: { authorization: 'Basic dGVzdHM6dGVzdHM=' },
  empty: { authorization: 'Bearer ' },
  noToken: { authorization: 'Bearer x' },
  forged: { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.' },
  expired: { claims: { exp: 1_700_000_000, iat: 1_699_990_000 } },
  early: { claims: { nbf: 4_000_000_000 } },
  otherAudience: { claims: { aud: 'https://production.test/fhir' } },
  otherIssuer: { claims: { iss: 'https://sso.test' } },
  noScope: scope(''),
  oddScope: scope('openid profile x'),
  readOnly: scope('system/*.rs'),
  searchOnly: scope('system/*.s'),
  writeOnly: scope('system/*.cud'),
  observations: scope('system/Observation.rs'),
  laboratory: scope(`system/Observation.rs?category=${category}|laboratory system/Patient.r`),
  finals: scope('system/Observation.cruds?status=final system/Encounter.rs'),
  patient: scope('patient/*.cruds', { patient: 'p1' }),
  patientReads: scope('patient/*.rs', { patient: 'p2' }),
  patientObservations: scope('patient/Observation.rs patient/Patient.r', { patient: 'p3' }),
  absentPatient: scope('patient/*.rs', { patient: 'nobody' }),
  user: scope('user/*.cruds', { fhirUser: 'Practitioner/d1' }),
  userAsPatient: scope('user/*.rs', { fhirUser: 'Patient/p4', patient: 'p4' }),
  mixed: scope('patient/Observation.rs system/Practitioner.rs user/Organization.rs', { patient: 'p5' }),
} as const satisfies Record<string, Caller>;

export type CallerName = keyof typeof callers;

/** Callers whose tokens are refused at the door. */
export const refused: readonly CallerName[] = [
  ...(['none', 'noBearer', 'empty', 'noToken', 'forged', 'expired', 'early', 'otherAudience', 'otherIssuer'] as const),
  ...(['noScope', 'oddScope'] as const),
];
/** Callers with limited permissions. */
export const limited: readonly CallerName[] = (Object.keys(callers) as CallerName[]).filter(
  (name) => name !== 'all' && !refused.includes(name),
);

/** Operations, and several kinds of questions at once. */
import { ended, type Kinds, type Pieces } from './beyond-pieces.ts';
import { system } from './rich.ts';
import type { Asked } from './side.ts';

/** Operations, with parameters in the query and in a body. */
export function ofOperations({ one, number, get, any, patient }: Pieces): Kinds {
  const post = (path: string, ...parameter: readonly object[]): Asked => ({
    ...{ method: 'POST', path, body: { resourceType: 'Parameters', parameter } },
  });
  const named = (name: string, value: object): object => ({ name, ...value });
  const coded = (): object => named('code', { valueString: one(['x1', 'x2', 'x3']) });
  return [
    () => get(`/Group/g${number(3)}/$everything?_count=3`),
    () =>
      get(
        `/${one(['Patient', 'Encounter', 'Group'])}/$everything?_type=${one(['Provenance', 'Appointment', 'Flag,Observation'])}&_count=4`,
      ),
    () => get(`/${patient()}/$everything`, { accept: 'application/fhir+ndjson' }),
    () =>
      post(`/${patient()}/$everything`, named('_type', { valueCode: one(['Provenance', 'Flag', 'DiagnosticReport']) })),
    () =>
      post(
        '/Observation/$lastn',
        named('patient', { valueString: patient() }),
        coded(),
        named('max', { valuePositiveInt: 1 + Number(number(3)) }),
      ),
    () =>
      post(
        '/Observation/$stats',
        named('subject', { valueUri: patient() }),
        named('system', { valueUri: 'urn:c' }),
        coded(),
        named('statistic', { valueCode: one(['count', 'average', 'maximum']) }),
      ),
    () =>
      get(
        `/Observation/$lastn?${one([`patient=${patient()}`, `subject=${patient()}`])}&${one(['category:missing=true', 'code:missing=false', `identifier=${system}|O-${number(12)}`])}&max=2`,
      ),
    () =>
      get(`/Composition/c${number(4)}/$document`, { accept: one(['application/fhir+json', 'application/fhir+xml']) }),
    () =>
      get(`${any()}/$explain-access?interaction=${one(['read', 'search'])}`, {
        'accept-language': one(['uz', 'ru', 'en']),
      }),
    () => get(`/${one(ended)}/$meta`),
    () => get(`/$versions`),
    () => get('/$job'),
    () => post(`${any(...ended)}/$validate`, named('mode', { valueCode: one(['update', 'delete', 'profile']) })),
  ];
}

/** Several kinds in a batch, and in a transaction of reads. */
export function ofBatches({ one, number, any, patient, usual }: Pieces): Kinds {
  const entry = (url: string, more: object = {}): object => ({
    request: { method: 'GET', url: url.slice(1), ...more },
  });
  const entries: readonly (() => object)[] = [
    () => entry(usual()),
    () => entry(any(...ended), { ifNoneMatch: one(['W/"1"', 'W/"2"', '*']) }),
    () => entry(any(...ended), { ifModifiedSince: one(['2020-01-01T00:00:00Z', '2999-01-01T00:00:00Z']) }),
    () => entry(`${any(...ended)}/_history?_count=1`),
    () => entry(`${any(...ended)}/_history/${number(4)}`),
    () => ({ request: { method: 'HEAD', url: any().slice(1) } }),
    () => entry(`/Observation/$lastn?patient=${patient()}&code:missing=false`),
    () => entry(`/${patient()}/$everything?_count=3`),
    () => entry(`${any()}/$meta`),
    () => entry(`${any()}/$explain-access`),
    () => entry(`/Provenance?patient=${patient()}&_summary=count`),
    () => entry(`/Observation?_has:Provenance:target:agent=Practitioner/d&_total=accurate`),
  ];
  return [
    () => ({
      ...{ method: 'POST', path: '/' },
      body: {
        resourceType: 'Bundle',
        type: one(['batch', 'batch', 'transaction']),
        entry: Array.from({ length: 2 + Number(number(4)) }, () => one(entries)()),
      },
    }),
  ];
}

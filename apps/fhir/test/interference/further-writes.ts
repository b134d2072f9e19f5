/** Requests that change something, of kinds that the usual ones are not. */
import { observationOf } from './further.ts';
import type { Asked } from './side.ts';
import { oneOf, patients, type Random, type Resource } from './world.ts';

export interface FurtherOf {
  readonly random: Random;
  /** All that there is at first, seen or not, without Consents. */
  readonly all: readonly Resource[];
  readonly seen: readonly Resource[];
  readonly criterionOf: (type: string) => string;
  readonly sentOf: (type: string, id?: string) => Record<string, unknown>;
  /** An id that nothing has. */
  readonly fresh: () => string;
}

/** The next request. None but those usual ones is under an id that a client chooses and that may be there unseen: of that it is told. */
export function furtherWrites({ random, all, seen, criterionOf, sentOf, fresh }: FurtherOf): Asked {
  const one = oneOf(random);
  const number = (below: number): string => String(random(below));
  const nameOf = ({ resourceType, id }: Resource): string => `/${resourceType}/${id}`;
  const any = nameOf(one(all));
  const own = one(seen.filter(({ resourceType }) => resourceType !== 'Consent' && resourceType !== 'Practitioner'));
  const prefer = {
    prefer: one([
      'return=minimal',
      'return=OperationOutcome',
      'return=representation',
      'handling=strict',
      'handling=lenient',
    ]),
  };
  const criteria = (type: string): string => criterionOf(type).replaceAll(' ', '%20');
  const kinds: readonly (() => Asked)[] = [
    // A reference by criteria leads to these.
    () => transaction([{ ...observationOf(one, number), subject: { reference: `Patient?${criteria('Patient')}` } }]),
    () =>
      transaction([{ ...observationOf(one, number), encounter: { reference: `Encounter?${criteria('Encounter')}` } }]),
    () =>
      transaction([
        { ...observationOf(one, number), hasMember: [{ reference: `Observation?${criteria('Observation')}` }] },
      ]),
    () => ({
      method: 'POST',
      path: '/Observation',
      body: { ...observationOf(one, number), subject: { reference: `Patient?${criteria('Patient')}` } },
    }),
    () => ({ method: 'POST', path: '/Observation', body: observationOf(one, number), headers: prefer }),
    // Patches in each form, of what is there or not.
    () =>
      patch(any, [
        { op: 'test', path: '/status', value: one(['final', 'completed', 'current']) },
        { op: 'add', path: '/language', value: 'uz' },
      ]),
    () => patch(any, [{ op: 'remove', path: one(['/subject', '/encounter', '/meta/tag/0', '/code', '/name']) }]),
    () => patch(any, [{ op: 'replace', path: '/subject/reference', value: `Patient/${one(patients)}` }]),
    () => patch(any, [{ op: one(['copy', 'move']), from: '/subject', path: one(['/encounter', '/performer']) }]),
    () =>
      fhirPatch(
        any,
        'replace',
        one(['status', 'subject.reference', 'language']),
        one(['final', `Patient/${one(patients)}`, 'ru']),
      ),
    () => fhirPatch(`/Observation?${criterionOf('Observation')}`, 'add', 'language', 'uz'),
    () => ({
      method: 'PATCH',
      path: any,
      body: '<x/>',
      headers: { 'content-type': one(['application/fhir+xml', 'application/merge-patch+json']) },
    }),
    // Tags and labels.
    () =>
      meta(any, one(['$meta-add', '$meta-delete']), {
        tag: [{ system: 'urn:t', code: one(['ours', 'theirs', 'new']) }],
      }),
    () => meta(any, one(['$meta-add', '$meta-delete']), { security: [{ system: 'urn:s', code: one(['A', 'B']) }] }),
    // Conditions.
    () => ({
      method: 'PUT',
      path: nameOf(own),
      body: sentOf(own.resourceType, own.id),
      headers: { 'if-none-match': '*' },
    }),
    () => {
      const id = fresh();
      return {
        method: 'PUT',
        path: `/Observation/${id}`,
        body: sentOf('Observation', id),
        headers: { 'if-none-match': '*' },
      };
    },
    () => ({
      method: 'PUT',
      path: `/Observation?${criterionOf('Observation')}`,
      body: sentOf('Observation'),
      headers: { 'if-none-match': '*' },
    }),
    () => ({ method: 'DELETE', path: any, headers: { 'if-match': one(['W/"1"', 'W/"2"', '*']) } }),
    () => ({
      method: 'PATCH',
      path: any,
      body: [{ op: 'add', path: '/language', value: 'uz' }],
      headers: { 'if-match': one(['W/"1"', 'W/"3"']) },
    }),
    () => ({
      method: 'POST',
      path: '/Observation',
      body: observationOf(one, number),
      headers: { 'if-none-exist': criterionOf('Observation') },
    }),
    // References to something that is there or not.
    () => ({
      method: 'POST',
      path: '/Provenance',
      body: {
        resourceType: 'Provenance',
        target: [{ reference: any.slice(1) }],
        recorded: '2024-05-01T00:00:00Z',
        agent: [{ who: { reference: 'Practitioner/d' } }],
      },
    }),
    () => ({
      method: 'POST',
      path: '/List',
      body: {
        resourceType: 'List',
        status: 'current',
        mode: 'working',
        subject: [{ reference: `Patient/${one(patients)}` }],
        entry: [{ item: { reference: any.slice(1) } }],
      },
    }),
    () => ({
      method: 'POST',
      path: '/DocumentReference',
      body: {
        resourceType: 'DocumentReference',
        status: 'current',
        subject: { reference: `Patient/${one(patients)}` },
        content: [{ attachment: { url: any.slice(1) } }],
      },
    }),
    () => ({
      method: 'POST',
      path: '/Binary',
      body: {
        resourceType: 'Binary',
        contentType: 'text/plain',
        data: 'eA==',
        securityContext: { reference: any.slice(1) },
      },
    }),
    () => ({ method: 'POST', path: '/Observation/$validate', body: observationOf(one, number) }),
    () => ({ method: 'GET', path: `${any}/$validate?mode=${one(['delete', 'update'])}` }),
    // Several at once.
    () =>
      transaction([
        observationOf(one, number),
        { ...sentOf('Encounter'), subject: { reference: `Patient/${one(patients)}` } },
      ]),
    () =>
      bundle('transaction', [
        { request: { method: 'DELETE', url: `Observation?${criteria('Observation')}` } },
        { request: { method: 'GET', url: 'Observation?_summary=count' } },
      ]),
    () =>
      bundle('transaction', [
        {
          resource: observationOf(one, number),
          request: { method: 'POST', url: 'Observation', ifNoneExist: criterionOf('Observation') },
        },
        { request: { method: 'GET', url: any.slice(1) } },
      ]),
    () =>
      bundle('batch', [
        { request: { method: 'GET', url: any.slice(1), ifNoneMatch: 'W/"1"' } },
        { request: { method: 'HEAD', url: any.slice(1) } },
        { request: { method: 'DELETE', url: any.slice(1) } },
      ]),
    () => ({
      method: 'DELETE',
      path: `/${one(['Observation', 'Encounter'])}?_cascade=delete&${criterionOf('Observation')}`,
    }),
    ...ofEachMethod({ any, own, one, prefer, sentOf, criterionOf }),
  ];
  return one(kinds)();
}

interface EachMethod extends Pick<FurtherOf, 'sentOf' | 'criterionOf'> {
  /** Where there is something, seen or not. */
  readonly any: string;
  readonly own: Resource;
  readonly one: ReturnType<typeof oneOf>;
  readonly prefer: Readonly<Record<string, string>>;
}

/** Answers as somebody prefers them, conditions on what criteria find, and documents that are stored. */
function ofEachMethod({ any, own, one, prefer, sentOf, criterionOf }: EachMethod): readonly (() => Asked)[] {
  const add = [{ op: 'add', path: '/language', value: one(['uz', 'ru']) }];
  const ifMatch = { 'if-match': one(['W/"1"', 'W/"2"']) };
  const type = one(['Observation', 'Encounter', 'List']);
  const ownPath = `/${own.resourceType}/${own.id}`;
  const persist = [{ name: 'persist', valueBoolean: true }];
  return [
    () => ({ method: 'PUT', path: ownPath, body: sentOf(own.resourceType, own.id), headers: prefer }),
    () => ({ method: 'PATCH', path: any, body: add, headers: prefer }),
    () => ({ method: 'DELETE', path: any, headers: prefer }),
    () => ({ method: 'PUT', path: `/${type}?${criterionOf(type)}`, body: sentOf(type), headers: ifMatch }),
    () => ({ method: 'PATCH', path: `/${type}?${criterionOf(type)}`, body: add, headers: { ...ifMatch, ...prefer } }),
    () => ({ method: 'DELETE', path: `/${type}?${criterionOf(type)}`, headers: ifMatch }),
    () => ({ method: 'DELETE', path: `/${type}?_id=${any.split('/')[2]!}`, headers: prefer }),
    () => ({
      ...{ method: 'POST', path: `/Composition/c${one(['0', '1', '2'])}/$document` },
      body: { resourceType: 'Parameters', parameter: persist },
    }),
    () =>
      bundle('transaction', [
        { request: { method: 'DELETE', url: any.slice(1), ...one([{}, { ifMatch: 'W/"1"' }]) } },
        {
          resource: sentOf(type),
          request: { method: 'PUT', url: `${type}?${criterionOf(type).replaceAll(' ', '%20')}` },
        },
        { request: { method: 'GET', url: `${any.slice(1)}/_history?_count=1` } },
      ]),
    () =>
      bundle('batch', [
        { request: { method: 'GET', url: `${any.slice(1)}/_history/1`, ifNoneMatch: 'W/"1"' } },
        { request: { method: 'GET', url: `${any.slice(1)}/$meta` } },
        { resource: sentOf(type), request: { method: 'POST', url: type, ifNoneExist: criterionOf(type) } },
      ]),
  ];
}

function patch(path: string, body: readonly object[]): Asked {
  return { method: 'PATCH', path, body };
}

function fhirPatch(path: string, type: string, element: string, value: string): Asked {
  const [name, ...rest] = element.split('.').reverse() as [string, ...string[]];
  const parent = ['Resource', ...rest.reverse()].join('.').replace('Resource', path.slice(1).split(/[/?]/)[0]!);
  const parts = [
    { name: 'type', valueCode: type },
    { name: 'path', valueString: type === 'add' ? parent : `${parent}.${name}` },
    ...(type === 'add' ? [{ name: 'name', valueString: name }] : []),
    { name: 'value', valueString: value },
  ];
  const body = { resourceType: 'Parameters', parameter: [{ name: 'operation', part: parts }] };
  return { method: 'PATCH', path, body, headers: { 'content-type': 'application/fhir+json' } };
}

function meta(path: string, operation: string, value: object): Asked {
  return {
    method: 'POST',
    path: `${path}/${operation}`,
    body: { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: value }] },
  };
}

function transaction(resources: readonly Record<string, unknown>[]): Asked {
  return bundle(
    'transaction',
    resources.map((resource) => ({ resource, request: { method: 'POST', url: String(resource['resourceType']) } })),
  );
}

function bundle(type: string, entry: readonly object[]): Asked {
  return { method: 'POST', path: '/', body: { resourceType: 'Bundle', type, entry } };
}

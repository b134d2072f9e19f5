/** Questions of additional kinds, as another adversary would ask. */
import type { Asked } from './side.ts';
import { nameOf, system } from './rich.ts';
import { oneOf, patients, type Random, type Resource } from './world.ts';

type Of = () => string;

/** Returns the next question, about any resource. @param everything all resources, visible or not */
export function furtherQuestions(random: Random, everything: readonly Resource[], usual: Of): () => Asked {
  const one = oneOf(random);
  const number = (below: number): string => String(random(below));
  const anyOf = (...types: string[]): string => {
    const some =
      types.length === 0 ? everything : everything.filter(({ resourceType }) => types.includes(resourceType));
    return nameOf(one(some));
  };
  const get = (path: string, headers: Record<string, string> = {}): Asked => ({ method: 'GET', path, headers });
  const searched = (type: string, ...parts: string[]): Asked => {
    const more = one([
      '_total=accurate',
      '_summary=count',
      '_sort=-_lastUpdated',
      '_count=2',
      '_total=estimate&_count=1',
      '_sort=-_id',
    ]);
    return get(`/${type}?${[...parts, more].join('&')}`);
  };
  const identifier = (letter: string): string => `${system}|${letter}-${number(12)}`;

  const kinds: readonly (() => Asked)[] = [
    // Parts of a resource.
    () =>
      get(
        `/${anyOf()}?${one(['_summary=true', '_summary=text', '_summary=data', '_elements=status,identifier', '_elements=subject'])}`,
      ),
    () => get(`/${anyOf()}/_history/${one(['1', '2', '3'])}?_elements=code`),
    // Contained resources.
    () => searched('Observation', `performer.name=${one(['Rashidova', 'Tosheva'])}`),
    () =>
      searched(
        'Observation',
        `_contained=${one(['true', 'both'])}`,
        `_containedType=${one(['container', 'contained'])}`,
        `status=${one(['final', 'preliminary'])}`,
      ),
    () =>
      searched(
        'Practitioner',
        `_contained=${one(['true', 'both'])}`,
        `name=${one(['Rashidova', 'Tosheva', 'Usmonov'])}`,
        `_containedType=${one(['container', 'contained'])}`,
      ),
    () => searched('Device', `_contained=true`, `identifier=${system}|D-${number(4)}`),
    // Versions.
    () =>
      get(
        `/${anyOf('Observation', 'Encounter', 'List')}/_history${one(['', '?_count=1', '?_since=2020-01-01T00:00:00Z', '?_sort=_lastUpdated', '?_at=2999', '?_at=2020'])}`,
      ),
    () =>
      get(
        `/${one(['Observation', 'Encounter', 'Patient', 'DocumentReference'])}/_history?${one(['_count=2', '_since=2020-01-01T00:00:00Z&_count=4', '_sort=_lastUpdated&_count=3', '_at=2999&_count=5', `_list=l-${one(patients)}`])}`,
      ),
    () =>
      get(
        `/_history?${one(['_count=3', '_since=2020-01-01T00:00:00Z&_count=9', '_sort=_lastUpdated&_count=5', '_type=Observation,List&_count=4'])}`,
      ),
    // The feed of changes.
    () =>
      get(
        `/$changes?${one(['_count=2', '_type=Observation,Binary', `patient=${one(patients)}&_count=3`, '_type=DocumentReference,Patient&_format=xml', 'after=now&wait=0', `patient=${one(patients)}&_type=Observation`, '_type=Nothing', 'after=forged'])}`,
      ),
    () => ({ method: 'HEAD', path: '/$changes?_count=3' }),
    // A topic about what has changed.
    () => {
      const resource = one(['Observation', 'Encounter', 'Patient', 'DocumentReference']);
      const queryCriteria = {
        current: one(['_id:missing=false', `identifier=${identifier('O')}`, '_tag=urn:t|ours', '_tag:not=x']),
      };
      const fhirPathCriteria = one([
        'true',
        '%previous.exists()',
        '%current.identifier.count() > 0',
        '%current.empty()',
      ]);
      const criteria = one([{ queryCriteria }, { fhirPathCriteria }, {}]);
      const body = {
        resourceType: 'SubscriptionTopic',
        url: 'urn:topic',
        resourceTrigger: [{ resource, ...criteria }],
      };
      return { method: 'POST', path: '/SubscriptionTopic/$try', body };
    },
    // Conditions of reads.
    () => get(`/${anyOf()}`, { 'if-none-match': one(['W/"1"', 'W/"2"', '*', '"1"']) }),
    () =>
      get(`/${anyOf()}`, {
        'if-modified-since': one(['Mon, 01 Jan 2024 00:00:00 GMT', 'Mon, 01 Jan 2999 00:00:00 GMT']),
      }),
    () => ({ method: 'HEAD', path: `/${anyOf()}` }),
    () => ({ method: 'HEAD', path: usual() }),
    // Modifiers and parameters of every type.
    () => searched('Observation', `code:${one(['not=x1', 'text=text of x2', 'missing=false', 'missing=true'])}`),
    () => searched('Observation', `subject:${one(['missing=true', 'missing=false'])}`, `identifier=${identifier('O')}`),
    () => searched('Observation', `subject:identifier=${identifier('P')}`),
    () => searched('Observation', `focus:identifier=${identifier('O')}`),
    () => searched('Observation', `subject.identifier=${identifier('P')}`, `encounter.identifier=${identifier('E')}`),
    () => searched('Observation', `encounter:Encounter.subject:Patient.identifier=${identifier('P')}`),
    () => searched('Patient', `_has:Observation:subject:identifier=${identifier('O')}`),
    () => searched('Patient', `_has:Observation:subject:_has:Observation:derived-from:status=final`),
    () => searched('Encounter', `_has:Observation:encounter:_tag=urn:t|${one(['ours', 'theirs'])}`),
    () => searched('Observation', `derived-from:Observation.code=${one(['x1', 'x2'])}`),
    () => searched(one(['Observation', 'Encounter', 'List']), `_lastUpdated=${one(['gt', 'lt', 'ge'])}2024-01-01`),
    () =>
      searched(
        one(['Observation', 'Encounter', 'Patient']),
        `${one(['_content', '_text'])}=${one(['heart', 'liver', 'lung', 'Karimov', 'weight'])}`,
      ),
    () => searched('Observation', `_security=urn:s|${one(['A', 'B'])}`),
    () => searched('Observation', `_security:not=${one(['A', 'B'])}`),
    () => searched('Observation', `_source=urn:source:${number(3)}`),
    () => searched('Patient', `name:${one(['exact=Karimov', 'contains=ali'])}`),
    () => searched('Observation', `_in=List/l-${one(patients)}`),
    () => searched('Observation', `_id=${Array.from({ length: 6 }, () => `o${number(30)}`).join()}`),
    () =>
      searched(
        'Observation',
        `_filter=${one([`identifier eq "${identifier('O')}"`, 'code ne x1 and status eq final', 'subject pr false', 'encounter.part-of pr true'])}`,
      ),
    () => searched('DocumentReference', `type=${one(['x1', 'x2', 'x3'])}`),
    // Sort orders by elements that are hidden or belong to others.
    () =>
      get(
        `/Observation?_sort=${one(['subject', 'encounter', '-subject,_id', 'performer', '-identifier', 'status', '_lastUpdated', 'has-member', 'code,-subject'])}&_count=${one(['1', '3', '50'])}`,
      ),
    () => get(`/Patient?_sort=${one(['-name', 'identifier', 'birthdate', '-_lastUpdated'])}&_count=2&_total=accurate`),
    // Includes.
    () =>
      searched(
        'Observation',
        `_include=${one(['*', 'Observation:*', 'Observation:derived-from', 'Observation:performer'])}`,
        `_include:iterate=Encounter:part-of`,
      ),
    () =>
      searched(
        'Patient',
        `_revinclude=${one(['*', 'Observation:subject', 'DocumentReference:subject'])}`,
        `_revinclude:iterate=Observation:derived-from`,
      ),
    () =>
      searched(
        'List',
        `_include=List:item`,
        `_include:iterate=Observation:subject`,
        `_include:iterate=Observation:has-member`,
      ),
    // Documents.
    () => get(`/${anyOf('Binary')}`, { accept: one(['application/fhir+json', 'text/plain', '*/*']) }),
    () => get(`/${one(['Binary', 'Binary?_id=b0,b1,b2,b3', 'Binary?_tag=ours'])}`),
    () => get(`/Composition/c${number(3)}/$document?${one(['persist=false', '_format=xml', ''])}`),
    // Operations.
    () =>
      get(
        `/${anyOf()}/$validate?${one(['mode=delete', 'mode=update', 'mode=profile&profile=http://hl7.org/fhir/StructureDefinition/Observation', 'profile=http://hl7.org/fhir/StructureDefinition/vitalsigns'])}`,
      ),
    () => ({
      method: 'POST',
      path: `/Observation/$validate${one(['', '?mode=create'])}`,
      body: observationOf(one, number),
    }),
    () => get(`/${anyOf()}/$meta`),
    () =>
      get(
        `/Patient/${one(patients)}/$everything?${one([`_type=${one(['Observation', 'Observation,Encounter', 'DocumentReference'])}`, 'start=2024-04-01', 'end=2024-05-01', '_since=2020-01-01T00:00:00Z', '_elements=status', '_summary=count', '_count=3', '_outputFormat=ndjson'])}`,
      ),
    () => get(`/Group/$everything`),
    () => get(`/${anyOf()}/$explain-access?interaction=${one(['read', 'search', 'update', 'delete'])}`),
    () =>
      get(
        one([
          '/ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/observation-status',
          '/CodeSystem/$lookup?system=http://hl7.org/fhir/observation-status&code=final',
        ]),
      ),
    // Compartments.
    () =>
      get(
        `/Patient/${one(patients)}/${one(['Observation', 'List', 'DocumentReference', '*'])}?${one(['_summary=count', 'status=final&_total=accurate', '_type=Observation,List&_total=accurate', `identifier=${identifier('O')}`])}`,
      ),
    () => get(`/Encounter/v${number(8)}/${one(['Observation', '*'])}?_total=accurate`),
    () => get(`/Practitioner/d/${one(['Patient', 'Composition', '*'])}?_total=accurate`),
    // Across all types.
    () =>
      get(
        `/?_type=${one(['Observation,DocumentReference', 'Patient,Encounter,List', 'Binary,Observation'])}&${one(['_tag=ours', `_id=${anyOf().split('/')[1]!}`, '_lastUpdated=gt2020', '_content=heart'])}&_total=accurate&_count=3`,
      ),
    // Forms, and several at once.
    () => ({
      method: 'POST',
      path: `/Observation/_search?_total=accurate`,
      form: `identifier=${encodeURIComponent(identifier('O'))}&_sort=-_id`,
    }),
    () => batch(Array.from({ length: 1 + random(4) }, () => usual())),
    () =>
      batch(
        [anyOf(), `${anyOf()}/_history`, `Observation?subject.identifier=${identifier('P')}&_summary=count`].map(
          (each) => `/${each}`,
        ),
      ),
  ];
  return () => one(kinds)();
}

/** Returns an Observation about a resource that may or may not exist and may or may not be visible. */
export function observationOf(
  one: ReturnType<typeof oneOf>,
  number: (below: number) => string,
): Record<string, unknown> {
  return {
    ...{
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ system: 'urn:c', code: one(['x1', 'x2', 'x3']) }] },
    },
    subject: { reference: `Patient/${one([...patients, 'nobody'])}` },
    encounter: { reference: `Encounter/v${number(10)}` },
    hasMember: [{ reference: `Observation/o${number(40)}` }],
  };
}

function batch(paths: readonly string[]): Asked {
  const entry = paths.map((path) => ({ request: { method: 'GET', url: path.slice(1) } }));
  return { method: 'POST', path: '/', body: { resourceType: 'Bundle', type: 'batch', entry } };
}

/**
 * Beyond the rich world: resources that are seen by what they refer to, or that concern several patients at once, earlier versions whose hidden content differs, and
 * resources that are deleted, or deleted and stored again.
 */
import { nameOf, rich, system, type RichWorld } from './rich.ts';
import { oneOf, patients, type Random, type Resource } from './world.ts';

/** The end of a resource, after everything is stored. */
export type End = 'deleted' | 'again';

export interface BeyondWorld extends RichWorld {
  /** Of a resource with an earlier version, another one that is hidden from whoever does not see the first: it differs where no rule looks. */
  readonly otherEarlier: RichWorld['earlier'];
  readonly ends: ReadonlyMap<string, End>;
}

/** Types of which some are deleted: no link of care and no consent is among them. */
const ending = new Set(['Observation', 'List', 'DocumentReference', 'DiagnosticReport', 'Provenance', 'Flag']);

export function beyond(random: Random, usual: readonly Resource[]): BeyondWorld {
  const { everything: made, earlier } = rich(random, usual);
  const everything = [...made, ...derived(random)];
  const ends = new Map<string, End>();
  for (const each of everything)
    if (ending.has(each.resourceType) && random(5) === 0) ends.set(nameOf(each), random(3) === 0 ? 'again' : 'deleted');
  const otherEarlier = new Map([...earlier].map(([name, version]) => [name, differing(version)]));
  return { everything, earlier, otherEarlier, ends };
}

function differing(version: Resource): Resource {
  return {
    ...{ ...version, identifier: [{ system, value: 'O-other' }], language: 'ru' },
    text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">about the kidney</div>' },
  };
}

/** Resources that refer to those of the rich world. */
function derived(random: Random): Resource[] {
  const one = oneOf(random);
  const meta = (): object => ({ tag: [{ system: 'urn:t', code: one(['ours', 'theirs']) }] });
  const patient = (): { reference: string } => ({ reference: `Patient/${one(patients)}` });
  const target = (): { reference: string } => ({
    reference: one([
      `Observation/o${String(random(30))}`,
      `Encounter/v${String(random(8))}`,
      `List/l-${one(patients)}`,
    ]),
  });
  const observed = (): { reference: string } => ({ reference: `Observation/o${String(random(30))}` });
  const code = (): object => ({ coding: [{ system: 'urn:c', code: one(['x1', 'x2', 'x3']) }] });
  const some = <Made>(most: number, make: () => Made): Made[] => Array.from({ length: 1 + random(most) }, make);
  const doctor = { reference: 'Practitioner/d' };
  const of = (count: number, make: (n: number) => Record<string, unknown>): Resource[] =>
    Array.from({ length: count }, (_, n) => ({ meta: meta(), ...make(n) }) as unknown as Resource);
  return [
    ...of(6, (n) => ({
      ...{ resourceType: 'Provenance', id: `p${String(n)}`, target: some(3, target), recorded: '2024-05-01T00:00:00Z' },
      ...{ agent: [{ who: one([doctor, patient()]) }], ...(random(2) === 0 && { patient: patient() }) },
    })),
    ...patients.map((id): Resource => ({
      ...{ resourceType: 'RelatedPerson', id: `r-${id}`, meta: meta(), patient: { reference: `Patient/${id}` } },
      ...{ name: [{ family: one(['Karimov', 'Aliyev']) }] },
    })),
    ...of(6, (n) => ({
      ...{ resourceType: 'Appointment', id: `t${String(n)}`, status: 'booked' },
      participant: [
        ...some(3, () => ({ actor: patient(), status: 'accepted' })),
        { actor: doctor, status: 'accepted' },
      ],
    })),
    ...of(5, (n) => ({
      ...{ resourceType: 'DiagnosticReport', id: `r${String(n)}`, status: 'final', code: code(), subject: patient() },
      ...{ result: some(2, observed) },
    })),
    ...of(4, (n) => ({
      ...{ resourceType: 'QuestionnaireResponse', id: `q${String(n)}`, status: 'completed', questionnaire: 'urn:q' },
      ...{ subject: patient(), source: one([patient(), doctor]), author: doctor, partOf: [observed()] },
    })),
    ...of(4, (n) => ({
      ...{ resourceType: 'Flag', id: `g${String(n)}`, status: 'active', code: code(), subject: patient() },
      encounter: { reference: `Encounter/v${String(random(8))}` },
    })),
    ...of(2, (n) => ({
      ...{ resourceType: 'Group', id: `g${String(n)}`, type: 'person', membership: 'enumerated' },
      member: some(3, () => ({ entity: patient() })),
    })),
    ...of(3, (n) => bundled(n, { patient, code, one })),
  ];
}

interface Pieces {
  readonly patient: () => object;
  readonly code: () => object;
  readonly one: ReturnType<typeof oneOf>;
}

/** A document that is stored as it is, whose parts are stored nowhere else. */
function bundled(n: number, { patient, code, one }: Pieces): Record<string, unknown> {
  const subject = patient();
  const composition = {
    ...{ resourceType: 'Composition', id: 'in', status: 'final', title: 'a document', type: code() },
    ...{ subject: [subject], date: '2024-05-01', author: [{ reference: 'Practitioner/d' }] },
  };
  const part = {
    resourceType: 'Observation',
    id: 'part',
    status: one(['final', 'preliminary']),
    code: code(),
    subject,
  };
  return {
    ...{ resourceType: 'Bundle', id: `d${String(n)}`, type: 'document', timestamp: '2024-05-01T00:00:00Z' },
    identifier: { system, value: `B-${String(n)}` },
    entry: [composition, part].map((resource) => ({ fullUrl: `urn:part:${resource.id}`, resource })),
  };
}

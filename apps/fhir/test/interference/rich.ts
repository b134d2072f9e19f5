/**
 * Additions to the usual world: contained resources, identifiers, texts, documents with their Binaries, labels set by writers, resources
 * with several versions (of which an earlier one may be visible when the current one is not), and references by version or by identifier.
 */
import { put } from '../searches.ts';
import type { TestServer } from '../environment.ts';
import { oneOf, patients, type Random, type Resource } from './world.ts';

export const system = 'urn:i';

/** The world, and of some resources an earlier version, by `Type/id`. */
export interface RichWorld {
  readonly everything: readonly Resource[];
  readonly earlier: ReadonlyMap<string, Resource>;
}

export function rich(random: Random, world: readonly Resource[]): RichWorld {
  const one = oneOf(random);
  const tag = (): object => ({ system: 'urn:t', code: one(['ours', 'theirs']) });
  const with_ = (each: Resource): Resource => ({
    ...each,
    identifier: [{ system, value: `${each.resourceType.slice(0, 1)}-${String(random(12))}` }],
    ...(random(3) === 0 && { text: narrative(one(['heart', 'liver', 'lung'])) }),
  });
  const named = world.map((each) => (each.resourceType === 'Practitioner' ? each : with_(each)));
  const earlier = new Map<string, Resource>();
  for (const each of named) {
    if (!['Observation', 'Encounter', 'List'].includes(each.resourceType) || random(3) > 0) continue;
    const subject = { reference: `Patient/${one(patients)}` };
    const about = each.resourceType === 'List' ? { subject: [subject] } : { subject };
    const status = one(['final', 'preliminary']);
    earlier.set(nameOf(each), {
      ...{ ...each, ...about, meta: { tag: [tag()] } },
      ...(each.resourceType === 'Observation' && {
        status,
        code: { coding: [{ system: 'urn:c', code: one(['x1', 'x2', 'x3']) }] },
      }),
    });
  }
  return { everything: [...named, ...held(random), ...documents(random)], earlier };
}

/** Returns Observations with contained resources: a performer, and a device that occurs nowhere else. */
function held(random: Random): Resource[] {
  const one = oneOf(random);
  return Array.from({ length: 6 }, (_, n): Resource => ({
    ...{ resourceType: 'Observation', id: `h${String(n)}`, status: one(['final', 'preliminary']) },
    meta: {
      tag: [{ system: 'urn:t', code: one(['ours', 'theirs']) }],
      ...(random(2) === 0 && { security: [{ system: 'urn:s', code: one(['A', 'B']) }] }),
      ...(random(2) === 0 && { source: `urn:source:${String(random(3))}` }),
    },
    code: { coding: [{ system: 'urn:c', code: one(['x1', 'x2', 'x3']) }] },
    subject: { reference: `Patient/${one(patients)}` },
    effectiveDateTime: `2024-0${String(1 + random(9))}-20`,
    contained: [
      { resourceType: 'Practitioner', id: 'p', name: [{ family: one(['Rashidova', 'Tosheva']) }] },
      { resourceType: 'Device', id: 'd', identifier: [{ system, value: `D-${String(random(4))}` }] },
    ],
    performer: [{ reference: '#p' }],
    device: { reference: '#d' },
    derivedFrom: [{ reference: `Observation/o${String(random(30))}/_history/1` }],
    focus: [{ type: 'Observation', identifier: { system, value: `O-${String(random(12))}` } }],
  }));
}

function documents(random: Random): Resource[] {
  const one = oneOf(random);
  return Array.from({ length: 4 }, (_, n): Resource[] => [
    {
      ...{ resourceType: 'DocumentReference', id: `f${String(n)}`, status: 'current' },
      meta: { tag: [{ system: 'urn:t', code: one(['ours', 'theirs']) }] },
      type: { coding: [{ system: 'urn:c', code: one(['x1', 'x2', 'x3']) }] },
      subject: { reference: `Patient/${one(patients)}` },
      content: [{ attachment: { contentType: 'text/plain', url: `Binary/b${String(n)}` } }],
    },
    {
      ...{ resourceType: 'Binary', id: `b${String(n)}`, contentType: 'text/plain' },
      meta: { tag: [{ system: 'urn:t', code: one(['ours', 'theirs']) }] },
      securityContext: { reference: one([`DocumentReference/f${String(n)}`, `Patient/${one(patients)}`]) },
      data: Buffer.from(`document ${String(n)}`).toString('base64'),
    },
  ]).flat();
}

const narrative = (word: string): object => ({
  status: 'generated',
  div: `<div xmlns="http://www.w3.org/1999/xhtml">about the ${word}</div>`,
});

export function nameOf({ resourceType, id }: Resource): string {
  return `${resourceType}/${id}`;
}

/** Also stores the earlier version of a resource, at the same instant. */
export function puttingEarlier(
  earlier: RichWorld['earlier'],
): (server: TestServer, resource: Resource) => Promise<void> {
  return async (server, resource) => {
    const before = earlier.get(nameOf(resource));
    await (before === undefined ? put(server, resource) : put(server, before, resource));
  };
}

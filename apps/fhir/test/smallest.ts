import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Validator } from '@dhp/fhir-validation';

type Json = Record<string, unknown>;

const folder = dirname(createRequire(import.meta.url).resolve('hl7.fhir.r5.examples/package.json'));

/** Types of which no published example conforms to R5, or that have none. */
const own: Readonly<Record<string, Json>> = {
  AdverseEvent: { status: 'completed', actuality: 'actual', subject: { display: 'x' } },
  DeviceMetric: { type: { text: 'x' }, device: { display: 'x' }, category: 'setting' },
  Ingredient: { status: 'active', role: { text: 'x' }, substance: { code: { concept: { text: 'x' } } } },
  Parameters: {},
  // The published ones are active, which is refused.
  Subscription: { status: 'off', topic: 'http://example.org/topic', channelType: { code: 'rest-hook' } },
  // The smaller of the published ones cannot fire on anything, which is refused where it is active.
  SubscriptionTopic: { url: 'http://example.org/topic', status: 'draft' },
  ResearchSubject: { status: 'active', study: { display: 'x' }, subject: { display: 'x' } },
  // No type of R5, with an endpoint of its own.
  ViewDefinition: { status: 'active', resource: 'Patient', select: [{ column: [{ name: 'id', path: 'id' }] }] },
  Transport: { intent: 'order', requestedLocation: { display: 'x' }, currentLocation: { display: 'x' } },
};

const files = Map.groupBy(readdirSync(folder), (name) => name.slice(0, name.indexOf('-')));
const validator = new Validator({ beyondSpecification: 'warning' });
const found = new Map<string, Json>();

/** A resource of the type that conforms to R5, without an id: the smallest of the published examples that do. */
export function smallest(type: string): Json {
  let resource = found.get(type);
  if (resource === undefined) found.set(type, (resource = find(type)));
  return resource;
}

function find(type: string): Json {
  const known = own[type];
  if (known !== undefined) return { resourceType: type, ...known };
  const paths = (files.get(type) ?? []).map((name) => join(folder, name));
  for (const path of paths.sort((a, b) => statSync(a).size - statSync(b).size)) {
    const { id: _, ...resource } = JSON.parse(readFileSync(path, 'utf8')) as Json;
    if (validator.validate(resource).every(({ severity }) => severity === 'warning' || severity === 'information'))
      return resource;
  }
  throw new Error(`no published ${type} conforms`);
}

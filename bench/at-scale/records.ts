/** Records of many patients with any number of Observations, for searches at scale. */
import { scanJson, type Resource } from '@dhp/fhir-model';
import { population } from '@dhp/synthetic-population';

export const patients = 10_000;
const seed = 1;
const today = '2026-06-30';
const day = 86_400_000;
/** Days before today that the Observations are spread over. */
const span = 730;

/** In the form that `bulkInsert` takes. */
export interface StoredResource {
  readonly type: string;
  readonly id: string;
  readonly source: ReturnType<typeof scanJson>;
  readonly resource: Record<string, unknown>;
}

/** The Observations of each patient from one number to before another, with the patient's other resources in the first part. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/**
 * The institutions, Patients and Encounters of the synthetic population, with the requested number of Observations per patient: those of
 * its record are repeated on other days of two years. Deterministic, in constant memory.
 */
export async function* records({ from, to }: Part): AsyncGenerator<StoredResource> {
  let own: Resource[] = [];
  let index = 0;
  for (const resource of population({ patients, seed, today })) {
    if (resource.resourceType === 'Patient') {
      for (let k = from; k < to && own.length > 0; k += 1) yield stored(observation(own, index, k));
      own = [];
      index += 1;
    }
    if (resource.resourceType === 'Observation') own.push(resource);
    else if (from === 0 && kept.has(resource.resourceType)) yield stored(resource);
  }
  for (let k = from; k < to && own.length > 0; k += 1) yield stored(observation(own, index, k));
}

const kept = new Set(['Organization', 'Location', 'Practitioner', 'PractitionerRole', 'Patient', 'Encounter']);

/** The `k`th Observation of a patient. 17 has no factor in common with most lengths: neighbours are of different kinds. */
function observation(own: readonly Resource[], patient: number, k: number): Resource {
  const model = own[(k * 17 + Math.floor(k / own.length)) % own.length]! as Resource & { effectiveDateTime?: string };
  const id = `${model.id!.slice(0, 24)}${k.toString(16).padStart(12, '0')}`;
  const date = new Date(Date.parse(today) - ((k * 7 + patient * 13) % span) * day).toISOString().slice(0, 10);
  const { effectiveDateTime: then } = model;
  return { ...model, id, ...(then === undefined ? {} : { effectiveDateTime: `${date}${then.slice(10)}` }) };
}

function stored(resource: Resource): StoredResource {
  const source = scanJson(JSON.stringify(resource));
  return {
    type: resource.resourceType,
    id: resource.id!,
    source,
    resource: resource as unknown as Record<string, unknown>,
  };
}

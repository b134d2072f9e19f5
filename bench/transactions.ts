import { observation } from './observation.ts';
import { patient } from './patient.ts';

/**
 * A transaction with this number of resources: a new Patient and new results that refer to it by its entry in the Bundle. They use the
 * serials from `serial` on.
 */
export function transaction(resources: number, serial: number): string {
  const place = `urn:uuid:00000000-0000-4000-8000-${String(serial).padStart(12, '0')}`;
  const entries = [entry(patient(serial, 0), 'Patient', place)];
  for (let n = 1; n < resources; n += 1) entries.push(entry(observation(serial + n, place), 'Observation'));
  return `{"resourceType":"Bundle","type":"transaction","entry":[${entries.join(',')}]}`;
}

/** A batch of so many Patients, all new. The serials from `serial` on are theirs. */
export function batch(resources: number, serial: number): string {
  const entries = Array.from({ length: resources }, (_, n) => entry(patient(serial + n, 0), 'Patient'));
  return `{"resourceType":"Bundle","type":"batch","entry":[${entries.join(',')}]}`;
}

function entry(resource: string, type: string, fullUrl?: string): string {
  const name = fullUrl === undefined ? '' : `"fullUrl":"${fullUrl}",`;
  return `{${name}"resource":${resource},"request":{"method":"POST","url":"${type}"}}`;
}

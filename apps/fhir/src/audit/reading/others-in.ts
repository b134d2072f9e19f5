/** The others who have opened a record, by the trail. */
import type { TrailRecord } from '../../contract/trail.ts';

/** How many people and applications beside the patient were answered, each once. @param account of the patient, in any role */
export function othersIn(records: readonly TrailRecord[], account: string): number {
  const others = new Set<unknown>();
  for (const { content, sealed } of records) {
    if (content['outcome'] !== 'success' || content['operator'] !== undefined) continue;
    // The account of a patient is sealed; if the key was destroyed, its owner is unknown.
    if (sealed === undefined && content['authority'] === 'patient') continue;
    const user = content['user'] ?? sealed?.['user'];
    if (user !== account)
      others.add(user ?? content['person'] ?? sealed?.['person'] ?? `client ${String(content['client'])}`);
  }
  return others.size;
}

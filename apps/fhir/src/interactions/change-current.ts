import type { StoredVersion } from '@dhp/fhir-store';
import type { ReceivedResource } from '../contract/resource.ts';
import { fail } from '../http/errors.ts';
import { requireCurrent } from './current.ts';
import type { Services } from '../contract/interaction.ts';

const attempts = 10;

/**
 * Stores the successor of the current version; repeats it if another request was faster.
 * @param method of the request, for histories
 * @param change returns the next content, or undefined if nothing changes; it may fail
 */
export function changeCurrent(
  { store, changeMutex }: Services,
  type: string,
  id: string,
  method: 'PUT' | 'PATCH',
  change: (current: StoredVersion) => ReceivedResource | undefined | Promise<ReceivedResource | undefined>,
): Promise<{ version: StoredVersion; notice: 'updated' | 'unchanged' }> {
  return changeMutex(`${type}/${id}`, async () => {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const current = await store.read(type, id);
      requireCurrent(current, type, id);
      const received = await change(current);
      if (received === undefined) return { version: current, notice: 'unchanged' };
      const expected = { ifMatch: [current.versionId], requireMatch: true, createAllowed: false };
      const outcome = await store.update({ type, id, ...received, ...expected, method });
      if ('version' in outcome) {
        return { version: outcome.version, notice: outcome.kind === 'unchanged' ? 'unchanged' : 'updated' };
      }
    }
    const diagnostics = `${type}/${id} was changed by others ${attempts} times while the change was made.`;
    fail('patch-contended', { type, id }, { diagnostics });
  });
}

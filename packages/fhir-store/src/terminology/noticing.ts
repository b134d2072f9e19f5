import type { FhirStore, WriteOutcome } from '../fhir-store.ts';
import { terminologyTypes } from './stored-source.ts';

type Writes = Pick<FhirStore, 'create' | 'update' | 'delete' | 'transaction' | 'bulkInsert'>;

/**
 * The writes, each of which tells when it may have changed terminology, before its caller hears of it. One that fails tells
 * too: it may have been stored all the same.
 */
export function noticing(writes: Writes, changed: () => void): Writes {
  async function single(type: string, outcome: Promise<WriteOutcome>): Promise<WriteOutcome> {
    try {
      return await outcome;
    } finally {
      if (isTerminology(type)) changed();
    }
  }
  return {
    create: (resource) => single(resource.type, writes.create(resource)),
    update: (update) => single(update.type, writes.update(update)),
    delete: (deletion) => single(deletion.type, writes.delete(deletion)),
    async transaction(given, options) {
      let mayHave = true;
      try {
        const outcome = await writes.transaction(given, options);
        mayHave = outcome.kind === 'committed' && outcome.outcomes.some(isChange);
        return outcome;
      } finally {
        if (mayHave) changed();
      }
    },
    async bulkInsert(resources, options) {
      try {
        return await writes.bulkInsert(resources, options);
      } finally {
        changed();
      }
    },
  };
}

function isTerminology(type: string): boolean {
  return (terminologyTypes as readonly string[]).includes(type);
}

function isChange(outcome: WriteOutcome): boolean {
  return 'version' in outcome && isTerminology(outcome.version.type);
}

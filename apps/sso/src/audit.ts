/** Writes the audit trail of token decisions without making a request wait for it. */
import { setTimeout as delay } from 'node:timers/promises';
import { createBatcher, isConnectionError, type Sql } from '@dhp/postgres';
import { callerAddress, correlationId } from './correlation.ts';
import { insertAuditEvents, type AuditEvent } from './store/audit-events.ts';

export interface AuditTrail {
  /** Takes the event and returns at once; it is in the database within `pace` milliseconds and a round trip. */
  record(event: AuditEvent): void;
  /** Resolves when every event taken has been written. */
  close(): Promise<void>;
}

// After a batch the writer rests for this long, so that under load one insert and one commit serve many decisions: a
// lone event is still written at once. A process that is killed loses at most the decisions of this time.
const pace = 20;
const retryAfter = 500;

/**
 * @param onLost is told of events that could not be written. Events survive a restart of the database: they are written
 *   again until it answers, so an event may be there twice when the link broke during the commit.
 */
export function openAuditTrail(sql: Sql, onLost: (error: unknown) => void): AuditTrail {
  const closing = new AbortController();

  async function write(events: AuditEvent[]): Promise<undefined[]> {
    for (;;) {
      try {
        await insertAuditEvents(sql, events);
        break;
      } catch (error) {
        if (!isConnectionError(error) || closing.signal.aborted) throw error;
        await rest(retryAfter);
      }
    }
    await rest(pace);
    return events.map(() => undefined);
  }

  const rest = (milliseconds: number): Promise<unknown> =>
    closing.signal.aborted
      ? Promise.resolve()
      : delay(milliseconds, undefined, { signal: closing.signal }).catch(() => undefined);

  const batcher = createBatcher<AuditEvent, undefined>({ concurrency: 1, maxBatch: 1000, run: write });
  return {
    // It is written outside of its request: what is known of that is said now.
    record: (event) =>
      void batcher.submit({ correlationId: correlationId(), address: callerAddress(), ...event }).catch(onLost),
    close: () => {
      closing.abort();
      return batcher.close();
    },
  };
}

/** The passes of a verification over subscriptions, their events, and the run of the database server. */
import type { Session } from '../statements/session.ts';
import { isRunInOrder, wrongEvents, wrongSubscriptions, type EventFault } from '../statements/verify-events.ts';
import type { Finding, FindingKind, Place, StepResult } from './finding.ts';

const about = (id: string, isKnown: boolean): Pick<Finding, 'resource'> =>
  isKnown ? { resource: `Subscription/${id}` } : {};

/** Their number is not known ahead, and small: half of the pass is done until all is. */
const share = 0.5;

export async function subscriptionStep(session: Session, at: Place | undefined): Promise<StepResult> {
  const { last, wrong } = await wrongSubscriptions(session, String(at?.[0] ?? ''));
  return {
    next: last === undefined ? undefined : [last],
    share: last === undefined ? 1 : share,
    findings: wrong.flatMap(({ id, isKnown, tables }) =>
      tables.map((table) => ({ kind: 'subscription-stray', ...about(id, isKnown), detail: `fhir.${table}` }) as const),
    ),
  };
}

const kinds: Readonly<Record<EventFault, FindingKind>> = {
  ...{ stray: 'event-stray', version: 'event-stray', gap: 'event-missing' },
};

export async function eventStep(session: Session, at: Place | undefined): Promise<StepResult> {
  const { last, wrong } = await wrongEvents(session, [String(at?.[0] ?? ''), String(at?.[1] ?? '-1')]);
  return {
    next: last,
    share: last === undefined ? 1 : share,
    findings: wrong.map(({ subscription, isKnown, number, fault }) => ({
      ...{ kind: kinds[fault], ...about(subscription, isKnown) },
      detail: `fhir.event: number ${number}`,
    })),
  };
}

export async function runStep(session: Session): Promise<StepResult> {
  const findings: Finding[] = (await isRunInOrder(session)) ? [] : [{ kind: 'run-order', detail: 'fhir.server_run' }];
  return { next: undefined, share: 1, findings };
}

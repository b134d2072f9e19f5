/**
 * The access policies of the environments, their queues of broken glass, legal holds, jobs and subscriptions, as the acts of the
 * administration use them. An environment stores its policies itself but knows neither clients nor accounts; this service supplies them.
 * docs/decisions/0052-administration-of-access.md
 */
import type { AccessAdministration } from '@dhp/accounts/records';
import { insertAuditEvents, type AuditEvent } from '@dhp/audit';
import type { Sql } from '@dhp/postgres';
import { AdministrationError, type EnvironmentName } from '@dhp/sso-kit';
import type {
  ExplainedAt,
  FaultAt,
  GlassAt,
  HoldsAt,
  JobsAt,
  Loss,
  LossOf,
  StateAt,
  Tried,
  VersionsAt,
} from './access-answers.ts';
import { kindsOfCallers } from './callers.ts';
import type { SubscriptionActName, SubscriptionsAt } from './subscription-answers.ts';
import { assumedGrant } from './grant.ts';

type Asked = Readonly<Record<string, unknown>>;

/** Acts that change nothing, with the type of their answers. */
interface Questions {
  readonly state: StateAt;
  readonly versions: VersionsAt;
  readonly text: { readonly text: string };
  readonly check: { readonly faults: readonly FaultAt[] };
  readonly glass: GlassAt;
  readonly holds: HoldsAt;
  readonly jobs: JobsAt;
  readonly subscriptions: SubscriptionsAt;
}

interface InForce {
  /** Null: none. */
  readonly version: number | null;
}

/** Each function throws AdministrationError for an error of the environment, and if the environment does not answer. */
export interface AccessService {
  ask<Act extends keyof Questions>(environment: EnvironmentName, act: Act, asked?: Asked): Promise<Questions[Act]>;
  /** Losses by a document, for each kind of callers. */
  tryOut(environment: EnvironmentName, asked: { readonly text: string } & Asked): Promise<Tried>;
  explain(
    environment: EnvironmentName,
    who: { readonly clientId: string; readonly username: string | undefined },
    asked: Asked,
  ): Promise<ExplainedAt>;
  /** @param base the version that the actor has seen in force; null if there was no version in force */
  activate(
    environment: EnvironmentName,
    asked: { readonly text: string; readonly base: number | null },
  ): Promise<InForce>;
  /** @param to null: no policies */
  rollBack(
    environment: EnvironmentName,
    asked: { readonly to: number | 'before' | null; readonly base: number | null },
  ): Promise<InForce>;
  /** Ends a job, or retries a failed one. Fails with `unknown-job` if the job does not exist or is not in a state for it. */
  changeJob(environment: EnvironmentName, act: 'cancel' | 'retry', id: string): Promise<void>;
  /**
   * Pauses notifications, resumes them, or turns the subscription off. Fails with `unknown-subscription` if the subscription does not exist
   * or is not in a state for it.
   */
  changeSubscription(environment: EnvironmentName, act: SubscriptionActName, id: string): Promise<void>;
  /** The reason of the act is the finding. It fails with `own-emergency` for one of the actor */
  review(environment: EnvironmentName, asked: { readonly id: string; readonly verdict: string }): Promise<unknown>;
  /** @param asked.on a resource or a type; `until` is a day or an instant in the future. @returns the id of the hold */
  setHold(
    environment: EnvironmentName,
    asked: { readonly on: string; readonly until: string | undefined },
  ): Promise<{ readonly id: string }>;
  /** Fails with `unknown-hold` if the hold does not exist or was already lifted. */
  liftHold(environment: EnvironmentName, id: string): Promise<void>;
}

const subscriptionEvents = {
  pause: 'subscription.paused',
  resume: 'subscription.resumed',
  'turn-off': 'subscription.turned-off',
} as const satisfies Record<SubscriptionActName, AuditEvent['event']>;

interface TriedAt extends Omit<Tried, 'losses'> {
  readonly losses: readonly (Loss & { readonly caller: number })[];
}

interface AccessServiceOptions {
  readonly accessAdministration: AccessAdministration;
  readonly actor: string;
  readonly clock: () => Date;
  readonly reason: string | undefined;
}

export function openAccessService(
  sql: Sql,
  { accessAdministration, actor, clock, reason }: AccessServiceOptions,
): AccessService {
  const subject = actor.slice(actor.indexOf(':') + 1);
  const ask = async <Answer>(environment: EnvironmentName, act: string, asked: Asked = {}): Promise<Answer> =>
    (await accessAdministration.ask({ environment, subject, act, asked })) as Answer;
  const note = (event: AuditEvent['event'], what: string): Promise<void> =>
    insertAuditEvents(sql, [
      { recorded: clock(), event, actor, reason: reason === undefined ? what : `${what}: ${reason}` },
    ]);

  return {
    ask,
    async tryOut(environment, asked) {
      const { text } = await ask<StateAt>(environment, 'state');
      const texts = [asked.text, ...(text === null ? [] : [text])];
      const kinds = await kindsOfCallers(sql, environment, texts);
      const callers = kinds.map(({ shown: _, ...kind }) => kind);
      const tried = await ask<TriedAt>(environment, 'try', { ...asked, callers });
      const { version, changes, losses } = tried;
      const shown = losses.map(({ caller, ...loss }): LossOf => {
        const { shown: who, authority } = kinds[caller]!;
        return { ...loss, who: { ...who, authority } };
      });
      return { version, changes, losses: shown };
    },
    async explain(environment, who, asked) {
      const grant = await assumedGrant(sql, { environment, ...who });
      return ask(environment, 'explain', { ...asked, ...grant });
    },
    async activate(environment, asked) {
      const done = await ask<InForce>(environment, 'activate', { ...asked, by: actor, reason });
      await note('access-policies.activated', `version ${String(done.version)} in ${environment}`);
      return done;
    },
    async rollBack(environment, asked) {
      const done = await ask<InForce>(environment, 'rollback', { ...asked, by: actor, reason });
      const what = done.version === null ? 'none' : `version ${String(done.version)}`;
      await note('access-policies.rolled-back', `${what} in ${environment}`);
      return done;
    },
    async changeJob(environment, act, id) {
      await ask(environment, `${act}-job`, { id });
      await note(act === 'cancel' ? 'job.cancelled' : 'job.retried', `${environment}/${id}`);
    },
    async changeSubscription(environment, act, id) {
      const { isChanged = true } = await ask<{ readonly isChanged?: boolean }>(environment, `${act}-subscription`, {
        id,
      });
      if (isChanged) await note(subscriptionEvents[act], `${environment}/${id}`);
    },
    async setHold(environment, asked) {
      const done = await ask<{ readonly id: string }>(environment, 'set-hold', { ...asked, by: actor, reason });
      await note('legal-hold.set', `${environment}/${done.id}`);
      return done;
    },
    async liftHold(environment, id) {
      await ask(environment, 'lift-hold', { id, by: actor, reason });
      await note('legal-hold.lifted', `${environment}/${id}`);
    },
    async review(environment, asked) {
      const { id, verdict } = asked;
      try {
        const done = await ask(environment, 'review', { ...asked, by: actor, note: reason });
        await note('broken-glass.reviewed', `entry ${id} in ${environment}, ${verdict}`);
        return done;
      } catch (error) {
        if (error instanceof AdministrationError && error.kind === 'own-emergency')
          await note('administration.refused', `own-emergency for entry ${id} in ${environment}`);
        throw error;
      }
    },
  };
}

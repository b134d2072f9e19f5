/** `dhp hold set|list|lift`: legal holds, which prevent purging. docs/operations/retention.md */
import type { HeldThing, LegalHold } from '@dhp/fhir-store/retention';
import { typeNumber } from '@dhp/fhir-model';
import { UsageError, type Command, type Values } from '../cli.ts';
import { spokenLanguage } from '../locale.ts';
import { retentionMessages, type RetentionMessages } from '../texts/retention.ts';
import { onTrail } from './audit-life.ts';
import { print, table } from '../output.ts';
import { environment, json, reason, textOf } from './shared.ts';

/** Loaded when the command runs: the help does not need it. */
const retention = async () => import('@dhp/fhir-store/retention');

const said = (): RetentionMessages['hold'] => retentionMessages[spokenLanguage()].hold;

/** @throws UsageError */
function thingOf(given: string): HeldThing {
  const [, type = '', id] = /^([A-Za-z]+)(?:\/([A-Za-z0-9.-]{1,64}))?$/.exec(given) ?? [];
  if (typeNumber(type) === undefined) throw new UsageError(said().what({ given }));
  return { type, id };
}

/** A day, or an instant. @throws UsageError for a past or invalid one */
function untilOf(values: Values): Date | undefined {
  const given = textOf(values, 'until');
  if (given === undefined) return undefined;
  const until = new Date(given);
  const isShaped = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(given) && !Number.isNaN(until.getTime());
  // JavaScript converts the 31st of February to a day of March.
  const isDay = new Date(Date.parse(given.slice(0, 10)) || 0).toISOString().startsWith(given.slice(0, 10));
  if (!isShaped || !isDay || until.getTime() <= Date.now()) throw new UsageError(said().until({ given }));
  return until;
}

const nameOf = ({ type, id }: HeldThing): string => (id === undefined ? type : `${type}/${id}`);

const set: Command = {
  name: 'hold set',
  summary: 'Set a legal hold on a resource, a type, or a Patient with all that names it: nothing of it is purged',
  argument: 'WHAT',
  options: {
    environment,
    until: {
      type: 'string',
      value: 'DAY',
      help: 'the day from which on it stands no more (default: until it is lifted)',
    },
    reason,
    json,
  },
  examples: [
    "dhp hold set Patient/42 --environment production --reason 'case 7 of the city court'",
    "dhp hold set Observation --until 2030-01-31 --reason 'an inspection'",
  ],
  run: (values, given) => {
    const [thing, until] = [thingOf(given), untilOf(values)];
    return onTrail(values, async (means) => {
      const { setHold } = await retention();
      const hold = await setHold(means, { ...thing, until });
      if (values['json'] === true) print({ hold_id: hold });
      else process.stdout.write(`${said().set({ hold, what: nameOf(thing) })}\n`);
      return 0;
    });
  },
};

const list: Command = {
  name: 'hold list',
  summary: 'List the legal holds that stand',
  options: { environment, all: { type: 'boolean', help: 'also those that were lifted or are over' }, json },
  examples: ['dhp hold list --environment production'],
  run: (values) =>
    onTrail({ ...values, reason: 'to look' }, async ({ sql }) => {
      const { holdsOf } = await retention();
      const holds = (await holdsOf(sql)).filter(({ stands }) => stands || values['all'] === true);
      if (values['json'] === true) print({ holds: holds.map(asJson) });
      else if (holds.length === 0) process.stdout.write(`${said().none}\n`);
      else process.stdout.write(table(['HOLD ID', 'ON', 'STATE', 'SET', 'UNTIL', 'BY', 'REASON'], holds.map(row)));
      return 0;
    }),
};

function stateOf({ stands, lifted }: LegalHold): 'stands' | 'isLifted' | 'over' {
  if (stands) return 'stands';
  return lifted === undefined ? 'over' : 'isLifted';
}

function row(hold: LegalHold): string[] {
  const { made, until, setBy, reason: why } = hold;
  const [set, end] = [made.toISOString(), until?.toISOString() ?? ''];
  return [hold.hold, nameOf(hold), said()[stateOf(hold)], set, end, setBy, why];
}

function asJson(hold: LegalHold): object {
  const { made, until, setBy, reason: why, lifted, stands } = hold;
  return {
    ...{ hold_id: hold.hold, on: nameOf(hold), stands, set_at: made.toISOString(), set_by: setBy, reason: why },
    ...(until !== undefined && { until: until.toISOString() }),
    ...(lifted !== undefined && {
      lifted_at: lifted.at.toISOString(),
      lifted_by: lifted.by,
      lifted_reason: lifted.reason,
    }),
  };
}

const lift: Command = {
  name: 'hold lift',
  summary: 'Lift a legal hold',
  argument: 'HOLD_ID',
  options: { environment, reason, json },
  examples: ["dhp hold lift 0198c0de-0000-7000-8000-000000000000 --reason 'case 7 is closed'"],
  run: (values, hold) =>
    onTrail(values, async (means) => {
      const { liftHold } = await retention();
      const isId = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(hold);
      const thing = isId ? await liftHold(means, hold) : undefined;
      if (thing === undefined) throw new UsageError(said().unknown({ hold }));
      if (values['json'] === true) print({ hold_id: hold, lifted: true });
      else process.stdout.write(`${said().lifted({ hold, what: nameOf(thing) })}\n`);
      return 0;
    }),
};

export const holdCommands: readonly Command[] = [set, list, lift];

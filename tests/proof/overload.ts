/** More requests than can be answered. */
import { markdownTable } from '../markdown-table.ts';
import type { Proof, Proven } from './proof.ts';
import { measureOverload, shares, type Round } from './overload/measure.ts';
import type { Outcome } from './overload/generator.ts';

/** Milliseconds within which 99 of 100 answers come. */
const mostLatency = 1_000;
/** Share of what can be answered that is answered. */
const leastThroughput = 0.9;
/** Share of its requests that is refused to a client that sends less than its part. */
const mostRefused = 0.02;

export const overload: Proof = {
  name: 'overload',
  claim:
    'With three times the requests that a FHIR server, or the Single Sign-On, can answer, it answers at least 90 % of what it can, 99 of 100 answers come within a second, the rest gets 503 with Retry-After, and clients that send less than half of their part are hardly refused.',
  takes: 'four minutes',
  parts: ['fhir', 'sso'],
  settings: { rounds: 5, seconds: 8 },
  async run(progress, only, settings = {}) {
    const { rounds = 5, seconds = 8 } = settings;
    const found: Proven[] = [];
    for (const server of (['fhir', 'sso'] as const).filter((each) => only?.includes(each) ?? true)) {
      const step = progress.step(`${server}: ${String(rounds)} rounds`);
      const measured = await measureOverload(
        { of: server, rounds, capacity: 500 * seconds, overload: 1_000 * seconds },
        ({ capacity, outcomes }) =>
          progress.say(`${capacity.toFixed(0)} a second; ${outcomes.map(shortly).join('; ')}`),
      );
      step.done();
      found.push(proven(server, measured));
    }
    return {
      holds: found.every(({ holds }) => holds),
      report: found.map(({ report }) => report).join('\n\n'),
    };
  },
};

/** Of a hundred requests in each. */
const asked = {
  fhir: '30 are reads, 40 searches with fifty patients a page and 30 transactions of ten resources',
  sso: '60 are for tokens of a client by its secret, 20 for such as the engine of the protocol decides, and 20 begin a sign-in; each client has a network of its own',
} as const;
const titles = { fhir: 'A FHIR server', sso: 'The Single Sign-On' } as const;

function shortly({ name, answered, refused, wrong }: Outcome): string {
  return `${name} ${String(answered.length)} answered, ${String(refused.length)} refused, ${String(wrong.length)} wrong, p99 ${at(answered, 0.99).toFixed(0)} ms`;
}

/** NaN where there is nothing. */
function at(times: readonly number[], share: number): number {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

function median(numbers: readonly number[]): number {
  return at(numbers, 0.5);
}

const throughputOf = ({ capacity, seconds, outcomes }: Round): number =>
  outcomes.reduce((sum, { inTime }) => sum + inTime, 0) / seconds / capacity;

const all = (rounds: readonly Round[], name?: string): Outcome[] =>
  rounds.flatMap(({ outcomes }) => outcomes.filter((each) => name === undefined || each.name === name));

function proven(of: keyof typeof asked, rounds: readonly Round[]): Proven {
  const throughput = median(rounds.map(throughputOf));
  const latency = at(
    all(rounds).flatMap(({ answered }) => answered),
    0.99,
  );
  const wrong = all(rounds).flatMap((each) => each.wrong);
  const withoutTime = all(rounds).reduce((sum, each) => sum + each.withoutTime, 0);
  const modest = all(rounds).filter(({ name }) => name !== 'greedy');
  const refused = sumOf(modest, ({ refused: those }) => those.length) / sumOf(modest, ({ sent }) => sent);
  const holds =
    throughput >= leastThroughput &&
    latency <= mostLatency &&
    wrong.length === 0 &&
    withoutTime === 0 &&
    refused <= mostRefused;
  const rows = Object.entries(shares).map(([name, share]) => {
    const own = all(rounds, name);
    const seconds = sumOf(rounds, (round) => round.seconds);
    const [answered, those] = [own.flatMap((each) => each.answered), own.flatMap((each) => each.refused)];
    const perSecond = (count: number): string => (count / seconds).toFixed(0);
    return [
      ...[name, share.toFixed(1), perSecond(sumOf(own, ({ sent }) => sent)), perSecond(answered.length)],
      ...[perSecond(those.length), at(answered, 0.5).toFixed(0), at(answered, 0.99).toFixed(0)],
      at(those, 0.99).toFixed(0),
    ];
  });
  const columns = [
    ...['Client', 'Sent, of what can be answered', 'Sent a second', 'Answered a second', 'Refused a second'],
    ...['p50 ms', 'p99 ms', 'p99 ms of refusals'],
  ];
  const cost = (of: keyof Round['cost']): string => (median(rounds.map((round) => round.cost[of])) / 1000).toFixed(1);
  const each = rounds.map(
    (round, n) =>
      `${String(n + 1)}: ${round.capacity.toFixed(0)} a second can be answered, ${(100 * throughputOf(round)).toFixed(0)} % of that are`,
  );
  const report = [
    `A platform and who sends are kept on processors of their own. In each of ${String(rounds.length)} rounds 128 connections of four clients ask one after the other, which shows what can be answered; then the same clients send three times as much, each request at its time whatever has become of those before it. Of a hundred requests ${asked[of]}; all are recorded (DHP_AUDIT). Times are counted from when a request was to be sent. All but the first client send a tenth of what can be answered; an equal part would be a quarter.`,
    `- Answered, of what can be (median of the rounds): **${(100 * throughput).toFixed(0)} %** (at least 90)`,
    `- 99 of 100 answers within **${latency.toFixed(0)} ms** (at most 1,000)`,
    `- Refused to the three that send less than their part: **${(100 * refused).toFixed(2)} %** (at most 2)`,
    `- Answers that are neither right nor such a refusal: **${String(wrong.length)}**${wrong.length === 0 ? '' : ` (${wrong[0]!})`}; refusals without Retry-After: **${String(withoutTime)}**`,
    `- CPU time of the servers and of PostgreSQL for each answer: ${cost('before')} ms before, ${cost('overloaded')} ms with all refusals in it. A refusal costs as much whatever was asked for, so that less is left for answers where these are cheaper.`,
  ].join('\n');
  return {
    holds,
    report: [
      `## ${titles[of]}`,
      report.replace('\n- ', '\n\n- '),
      markdownTable(columns, rows, [1, 2, 3, 4, 5, 6, 7]),
      `Rounds: ${each.join('; ')}.`,
    ].join('\n\n'),
  };
}

function sumOf<T>(those: readonly T[], of: (one: T) => number): number {
  return those.reduce((sum, one) => sum + of(one), 0);
}

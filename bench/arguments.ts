import { readArguments, refuse, wholeNumber } from '../scripts/arguments.ts';

const command = 'npm run bench';

const help = `Measures the platform and, beside it in the same run, what PostgreSQL and HTTP can do on this machine.

Usage: npm run bench -- [OPTIONS]

  --quick          one round of one second a point
  --seconds N      seconds a point; default 3
  --rounds N       rounds; the median of them is reported; default 3
  --patients N     synthetic patients in the database; default 1000
  --json FILE      write the results there too; - for standard output
  --write          write docs/reports/benchmark.md
  --only PART      nothing else than the searches (search), transactions, records and large Bundles (rest), terminology,
                   tokens and enforcement (sso), or signing in and its pages (people)
  --observations N the searches with bars alone, over 10,000 patients with N Observations: measured at a fifth of them
                   and at all of them, with the size of every index; --write writes docs/reports/searches-at-scale.md
  --data FOLDER    with --observations: keeps what was loaded there, and uses it again
  --compare REV    another commit, or the folder of an installed source tree, and this one in turn: CPU of the server and of
                   PostgreSQL for a request, kind by kind, in short rounds (default here 60)
  --kinds WORDS    with --compare: the kinds of requests in whose names one of these words is, such as read,_has,total
  --workers LIST   numbers of processes a server (DHP_WORKERS), such as 1,2,3, in turn: requests a CPU-second, p99 and memory
  --profile        no measurement: where the server's CPU time goes, for reads, writes and tokens
  --help           this text
`;

const parts = ['search', 'rest', 'terminology', 'sso', 'people'] as const;

export interface Arguments {
  readonly seconds: number;
  readonly rounds: number;
  readonly patients: number;
  readonly observations: number | undefined;
  readonly data: string | undefined;
  readonly json: string | undefined;
  readonly write: boolean;
  readonly compare: string | undefined;
  readonly kinds: readonly string[] | undefined;
  readonly workers: readonly number[] | undefined;
  readonly profile: boolean;
  readonly only: (typeof parts)[number] | undefined;
}

/** The arguments of the process; ends it for `--help` and for an invalid argument. */
export function benchArguments(): Arguments {
  const { values } = readArguments({
    command,
    help,
    options: {
      quick: { type: 'boolean', default: false },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      patients: { type: 'string' },
      data: { type: 'string' },
      observations: { type: 'string' },
      json: { type: 'string' },
      write: { type: 'boolean', default: false },
      compare: { type: 'string' },
      kinds: { type: 'string' },
      workers: { type: 'string' },
      profile: { type: 'boolean', default: false },
      only: { type: 'string' },
    },
  });
  const { observations } = values;
  return {
    only: partOf(values.only),
    seconds: wholeNumber(command, 'seconds', values.seconds, values.quick ? 1 : 3),
    rounds: wholeNumber(command, 'rounds', values.rounds, usualRounds(values)),
    patients: wholeNumber(command, 'patients', values.patients, 1_000),
    observations: observations === undefined ? undefined : wholeNumber(command, 'observations', observations, 0),
    data: values.data,
    json: values.json,
    write: values.write,
    compare: values.compare,
    kinds: values.kinds?.split(','),
    workers: workersOf(values.workers),
    profile: values.profile,
  };
}

function usualRounds({ compare, workers, quick }: { compare?: string; workers?: string; quick: boolean }): number {
  if (compare !== undefined) return 60;
  return workers !== undefined ? 20 : quick ? 1 : 3;
}

function workersOf(list: string | undefined): Arguments['workers'] {
  if (list === undefined) return undefined;
  if (!/^[1-9]\d?(,[1-9]\d?)*$/.test(list)) return refuse(command, `--workers is a list such as 1,2,3, not "${list}".`);
  return list.split(',').map(Number);
}

function partOf(only: string | undefined): Arguments['only'] {
  const part = parts.find((one) => one === only);
  if (only !== undefined && part === undefined)
    return refuse(command, `--only is one of ${parts.join(', ')}, not "${only}".`);
  return part;
}

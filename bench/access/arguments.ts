/** Arguments of `npm run bench:access`. */
import { readArguments, wholeNumber } from '../../scripts/arguments.ts';

const command = 'npm run bench:access';

const help = `Measures what decisions about access cost: CPU of the server and of PostgreSQL for the decision about a read by itself, for whole reads and for
pages of a search, by the factors that are in force and by what the patients have stated; after how long a change of the policies acts; and what records of
a trail cost. Each bar is told with its verdict.

Usage: npm run bench:access -- [OPTIONS]

  --consents N   Consents that are stored; default 100000
  --requests N   requests of each kind in a round; default 300
  --rounds N     rounds, in each of which every kind has its turn; the least of them counts; default 3
  --records N    records of a trail that are stored and verified; 0 for none, default 1000000
  --write FILE   where the report goes, too; default docs/reports/access-cost.md, - for nowhere
  --plans        prints the plan of one page, too (explain analyze)
  --help         this text
`;

export interface AccessArguments {
  readonly consents: number;
  readonly requests: number;
  readonly rounds: number;
  readonly records: number;
  readonly plans: boolean;
  readonly write: string;
}

/** The arguments of the process; ends it for `--help` and for an invalid argument. */
export function accessArguments(): AccessArguments {
  const { values } = readArguments({
    command,
    help,
    options: {
      consents: { type: 'string' },
      requests: { type: 'string' },
      rounds: { type: 'string' },
      records: { type: 'string' },
      write: { type: 'string', default: 'docs/reports/access-cost.md' },
      plans: { type: 'boolean', default: false },
    },
  });
  const whole = (name: 'consents' | 'requests' | 'rounds' | 'records', without: number, least = 1): number =>
    wholeNumber(command, `--${name}`, values[name], without, least);
  return {
    consents: whole('consents', 100_000),
    requests: whole('requests', 300),
    rounds: whole('rounds', 3),
    records: whole('records', 1_000_000, 0),
    plans: values.plans,
    write: values.write,
  };
}

/** Arguments of `npm run cost`. */
import { readArguments } from '../../scripts/arguments.ts';

export const command = 'npm run cost';

const help = `Measures the CPU time of one request of each shape of input, at n, 2n and 4n, against a real platform, and the units of work
that it is charged.

Usage: npm run cost -- [OPTIONS]

  --only WORDS   the shapes alone whose name or area has these words; may be repeated; nothing is written without --write
  --write FILE   where the report goes; default docs/reports/cost-<day>.md, - for nowhere
  --results FILE keeps each row there as soon as it is measured, and measures nothing again that is there: a run that was ended
                 goes on, and parts of it may run by themselves
  --largest      each shape once, at the largest size that the limits let through, with what it costs for each unit that it is charged;
                 the report is docs/reports/cost-largest-<day>.md
  --list         names the shapes
  --help         this text

Ctrl-C ends it with a report of what was measured. Ends with 1 where a shape costs more than 6 times as much at 4n as at n, or
where it is undercharged: a unit of it costs more than 10 times as much as the median of all; with --largest where its cost grows at
last with more than the power 1.4 of its size.
`;

export const { values } = readArguments({
  command,
  help,
  options: {
    only: { type: 'string', multiple: true },
    write: { type: 'string' },
    results: { type: 'string' },
    largest: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});

/** Arguments of `npm run bench:validation`. */
import { readArguments, wholeNumber } from '../../scripts/arguments.ts';

const command = 'npm run bench:validation';

const help = `Measures validation: resources per CPU-second (warm, JSON.parse included), what a start costs, what it adds to a create.

Usage: npm run bench:validation -- [OPTIONS]

  --flame FILE   no measurement: where the time goes, as a flame graph (SVG, for a browser)
  --national     the flame graph of national patients with their profile, not of clinical resources against R5
  --no-create    without the addition to a create, which starts two servers
  --rounds N     rounds of creates; default 3
  --help         this text
`;

export const { values } = readArguments({
  command,
  help,
  options: {
    flame: { type: 'string' },
    national: { type: 'boolean', default: false },
    'no-create': { type: 'boolean', default: false },
    rounds: { type: 'string' },
  },
});

export const rounds = wholeNumber(command, 'rounds', values.rounds, 3);

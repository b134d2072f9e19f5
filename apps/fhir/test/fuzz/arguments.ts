/** Arguments of `npm run fuzz`. */
import { readArguments, wholeNumber } from '../../../../scripts/arguments.ts';

const command = 'npm run fuzz';

const help = `Sends requests made of published examples, bent in many ways, and reports every answer that is a fault of the server.

Usage: npm run fuzz -- [OPTIONS]

  --requests N   how many; default 100000
  --seed N       the same seed makes the same requests; default 20261125
  --from N       begins with the request of that number; default 0
  --parallel N   requests at a time; default 8
  --url URL      a server that runs, instead of one of its own
  --token TOKEN  for that server
  --help         this text
`;

const { values } = readArguments({
  command,
  help,
  options: {
    requests: { type: 'string' },
    seed: { type: 'string' },
    from: { type: 'string' },
    parallel: { type: 'string' },
    url: { type: 'string' },
    token: { type: 'string' },
  },
});

export const count = wholeNumber(command, 'requests', values.requests, 100_000);
export const seed = wholeNumber(command, 'seed', values.seed, 20_261_125, 0);
export const from = wholeNumber(command, 'from', values.from, 0, 0);
export const parallel = wholeNumber(command, 'parallel', values.parallel, 8);
export const { url, token } = values;

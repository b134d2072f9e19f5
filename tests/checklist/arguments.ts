/** Arguments of `npm run checklist`. */
import { readArguments } from '../../scripts/arguments.ts';

export const command = 'npm run checklist';

const help = `Runs the OAuth and OpenID Connect checklist against servers that are started for it, and writes
docs/reports/oauth-checklist.md.

Usage: npm run checklist             every row
       npm run checklist -- ROW …    these rows alone, such as B-1; shows the log of the servers, and writes nothing

  --help   this text
`;

export const wanted = readArguments({ command, help, words: 'ROW' }).positionals;

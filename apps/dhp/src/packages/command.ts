/** Shared by the commands about packages: access to the store and the register, and printing. */
import { openPackageRegister, type PackageRegister } from '@dhp/fhir-store/packages';
import type { FhirStore } from '@dhp/fhir-store';
import type { Values } from '../cli.ts';
import { openContext, type Context } from '../context.ts';
import { spokenLanguage } from '../locale.ts';
import { packageMessages } from '../texts/package.ts';
import { withEnvironment, withStore, type EnvironmentName } from '../environment.ts';
import { progressOn, silent } from '../progress.ts';

/** A package's resources in words are shown up to here; `--json` has all. */
const shown = 10;

/** The store and the package register of one environment. */
interface Work {
  readonly store: FhirStore;
  readonly register: PackageRegister;
}

export function contextOf(values: Values): Context {
  return openContext(values['json'] === true ? silent : progressOn(process.stderr));
}

/** The store and, alone, the register of packages, for the length of one command. */
export function work<T>(context: Context, environment: EnvironmentName, act: (work: Work) => Promise<T>): Promise<T> {
  return withEnvironment(context, environment, async (url) => {
    const { waitsForOther } = packageMessages[spokenLanguage()];
    const register = await openPackageRegister(url, () => context.progress.say(waitsForOther));
    try {
      return await withStore(context, environment, url, (store) => act({ store, register }));
    } finally {
      await register.close();
    }
  });
}

export function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, process.stdout.isTTY ? 2 : 0)}\n`);
}

/** Lines of a text for people, as many as one reads. */
export function listed(lines: readonly string[]): string {
  const more = lines.length > shown ? [packageMessages[spokenLanguage()].more({ count: lines.length - shown })] : [];
  return [...lines.slice(0, shown), ...more].map((line) => `  ${line}\n`).join('');
}

/** Checks of the storage for files of jobs, if it is a bucket. docs/bulk-export.md */
import type { Context } from '../context.ts';
import { bucketOf } from '../fhir-options.ts';
import { servedEnvironments } from '../trail-heads.ts';
import { ConfigurationError } from '../settings/setting.ts';
import { finding, orWell, type Finding } from './finding.ts';
import { told } from './node-checks.ts';

/** One check for each environment, which puts an object and removes it. None without a bucket. */
export async function checkFiles({ settings }: Pick<Context, 'settings'>): Promise<readonly Finding[]> {
  const address = settings.DHP_EXPORT_BUCKET;
  if (address === undefined || settings.DHP_EXPORTS === 'off') return [];
  const { unusable, open, unset } = told().files;
  const found: Finding[] = [];
  for (const environment of servedEnvironments(settings)) {
    const about = `${address.bucket} (${environment})`;
    try {
      const options = bucketOf(settings, environment)!;
      const { tryBucket } = await import('@dhp/fhir');
      const { failed, isPublic } = await tryBucket(options);
      if (isPublic) found.push(finding(['files', 'fault', about], open, {}));
      if (failed !== undefined) found.push(finding(['files', 'fault', about], unusable, failed));
    } catch (error) {
      if (!(error instanceof ConfigurationError) && (error as NodeJS.ErrnoException).syscall === undefined) throw error;
      found.push(finding(['files', 'fault', about], unset, { sentence: (error as Error).message }));
    }
  }
  return orWell('files', address.bucket, found);
}

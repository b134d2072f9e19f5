/** Checks of the backups of the embedded database. */
import { statSync } from 'node:fs';
import { BackupError, listBackups, openPlace, type Manifest } from '@dhp/postgres/backup';
import type { Context } from '../context.ts';
import { finding, orWell, type Finding } from './finding.ts';
import { told } from './node-checks.ts';

const hour = 3_600_000;

/** @returns nothing if the installation has no folder of backups: the check of the archive reports that */
export async function checkBackups({
  settings,
  data,
}: Pick<Context, 'settings' | 'data'>): Promise<readonly Finding[]> {
  const { DHP_BACKUPS: folder, DATABASE_URL: other } = settings;
  if (folder === undefined || other !== undefined) return [];
  const { sameDisk, unusable, unreadable } = told().backup;
  try {
    const damaged: Finding[] = [];
    const backups = await listBackups(await openPlace(folder, data.database), (file) =>
      damaged.push(finding(['backup', 'fault', folder], unreadable, { file })),
    );
    const isSameDisk = statSync(folder).dev === statSync(data.path).dev;
    return orWell('backup', folder, [
      ...damaged,
      ...judgeBackups(folder, backups, Date.now()),
      ...(isSameDisk ? [finding(['backup', 'warning', folder], sameDisk, { folder })] : []),
    ]);
  } catch (error) {
    if (!(error instanceof BackupError || (error as NodeJS.ErrnoException).code !== undefined)) throw error;
    return [finding(['backup', 'fault', folder], unusable, { reason: (error as Error).message })];
  }
}

export function judgeBackups(folder: string, backups: readonly Manifest[], now: number): readonly Finding[] {
  const { none, old } = told().backup;
  const newest = backups.at(-1);
  if (newest === undefined) return [finding(['backup', 'fault', folder], none, { folder })];
  const hours = Math.floor((now - Date.parse(newest.ended)) / hour);
  if (hours < 26) return [];
  return [finding(['backup', hours < 7 * 24 ? 'warning' : 'fault', folder], old, { hours })];
}

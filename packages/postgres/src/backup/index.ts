/** @dhp/postgres/backup: base backups of the embedded server, the archive of its log, and restores to a moment. */
export { archiveSettings } from './archive.ts';
export { BackupError } from './failure.ts';
export { listBackups, type Manifest } from './manifest.ts';
export { assertOwnPlace, openPlace, placeOf } from './place.ts';
export { giveUpRestore, restoreBackup, type Restored } from './restore.ts';
export { removeOld, takeBackup } from './take.ts';

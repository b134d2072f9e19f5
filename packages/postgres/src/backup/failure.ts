/** Reasons for which a backup or a restore ends; the command line has a sentence for each. */
export type BackupFailure =
  | 'backup-running'
  | 'backup-directory'
  | 'backup-other-system'
  | 'backup-no-room'
  | 'backup-links'
  | 'backup-none'
  | 'backup-damaged'
  | 'backup-version'
  | 'backup-log-missing'
  | 'backup-too-late'
  | 'backup-in-use'
  | 'backup-restoring'
  | 'backup-feed';

/** The message is for the operator; `kind` is for code that translates it. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly kind: BackupFailure;
  constructor(kind: BackupFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Of a file system without room: the errors of Node that say so. */
export function isNoRoom(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

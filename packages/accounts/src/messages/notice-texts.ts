/** Acts of an administrator that the person is told of: not from which address, and not by whom, which is in the audit trail. */
type AdministratorsNotice = 'password-reset' | 'password-link-made' | 'factors-reset';

export const administratorsNotices: ReadonlySet<string> = new Set<AdministratorsNotice>([
  'password-reset',
  'password-link-made',
  'factors-reset',
]);

export type NoticeKind =
  | AdministratorsNotice
  | 'locked'
  | 'new-device'
  | 'password-changed'
  | 'codes-added'
  | 'codes-removed'
  | 'passkey-added'
  | 'passkey-removed'
  | 'identity-system-connected';

/** Storage of the heads of the audit chain: outside the database, signed with the secret of the installation. */
import { join } from 'node:path';
import { auditHeadFile, type AuditHeads } from '@dhp/audit/chain';
import type { Context } from './context.ts';

export function auditHeadsOf({ settings, data }: Pick<Context, 'settings' | 'data'>): AuditHeads {
  const path = settings.DHP_AUDIT_HEADS ?? join(data.path, 'audit.heads');
  return auditHeadFile(path, settings.DHP_SECRET_KEY ?? data.secretKey());
}

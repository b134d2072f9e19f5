/** Records as lines of a file, for a period that left the database. The sealed parts stay sealed, and their keys stay behind. */
import type { RecordToVerify } from './verifier.ts';

export type ArchivedRecord = Omit<RecordToVerify, 'hasKey'>;

/** One line of JSON, with its end. */
export function archiveLine(record: ArchivedRecord): string {
  const { transactionId, id, recorded, patient, content, keyId, sealed, digest } = record;
  const bytes = [patient?.toString('base64') ?? null, content, keyId, sealed.toString('base64')];
  return `${JSON.stringify([transactionId, id, recorded, ...bytes, digest.toString('base64')])}\n`;
}

/** @returns undefined for an invalid line */
export function parseArchiveLine(line: string): ArchivedRecord | undefined {
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!Array.isArray(read) || read.length !== 8) return undefined;
  const [transactionId, id, recorded, patient, content, keyId, sealed, digest] = read as unknown[];
  const texts = [transactionId, id, content, keyId, sealed, digest];
  if (!texts.every((text) => typeof text === 'string') || typeof recorded !== 'number') return undefined;
  if (![transactionId, id].every((text) => /^\d{1,20}$/.test(String(text)))) return undefined;
  return {
    ...{ transactionId: String(transactionId), id: String(id), recorded },
    patient: typeof patient === 'string' ? Buffer.from(patient, 'base64') : undefined,
    ...{ content: String(content), keyId: String(keyId) },
    ...{ sealed: Buffer.from(String(sealed), 'base64'), digest: Buffer.from(String(digest), 'base64') },
  };
}

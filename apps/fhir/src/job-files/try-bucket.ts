/** Whether a bucket can be used for files of jobs, for `dhp doctor`: an object is put, read, found and removed. */
import { randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { rootCertificates } from 'node:tls';
import { StorageFailure } from '../contract/job-files.ts';
import { openObjects, type BucketOptions } from './s3.ts';

interface TriedBucket {
  /** The first that cannot be done, and the word of the storage for it. */
  readonly failed?: { readonly during: string; readonly reason: string };
  /** Anyone who knows the name of an object can read it, without a key. */
  readonly isPublic: boolean;
}

/** Leaves nothing behind, unless it cannot be removed. Never rejects for failures of the storage. */
export async function tryBucket(options: BucketOptions): Promise<TriedBucket> {
  const objects = openObjects({
    ...options,
    patience: { attempts: 2, idle: 5_000, whole: 10_000, ...options.patience },
  });
  const key = `doctor-${randomUUID()}`;
  const bytes = Buffer.from('dhp doctor');
  let isPublic = false;
  try {
    await objects.put(key, bytes);
    isPublic = await isTakenByAnybody(options, key);
    if (!(await objects.get(key, 4, 6)).equals(bytes.subarray(4))) return { failed: other('read'), isPublic };
    if (!(await objects.list(key)).some((one) => one.key === key)) return { failed: other('list'), isPublic };
    await objects.remove([key]);
    if ((await objects.list(key)).length > 0) return { failed: other('remove'), isPublic };
    return { isPublic };
  } catch (error) {
    if (!(error instanceof StorageFailure)) throw error;
    const { during, reason } = error;
    return { failed: { during, reason }, isPublic };
  } finally {
    objects.close();
  }
}

function other(during: string): NonNullable<TriedBucket['failed']> {
  return { during, reason: 'another answer' };
}

function isTakenByAnybody({ endpoint, bucket, prefix, authorities }: BucketOptions, key: string): Promise<boolean> {
  const url = new URL(`${endpoint}/${bucket}/${prefix}${key}`);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const ca = authorities === undefined ? undefined : [...rootCertificates, authorities];
    const asked = send(url, { ...(ca !== undefined && { ca }), timeout: 5_000, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200 || answer.statusCode === 206);
    });
    asked.on('timeout', () => asked.destroy(new Error('it took too long')));
    asked.on('error', () => resolve(false));
    asked.end();
  });
}

/** The access key of S3 in a file of the form that AWS's tools have. https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html */

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * The first key of the file, for any name of its profile. Undefined if an id or a secret is missing.
 * @example
 * credentialsIn('[default]\naws_access_key_id = A\naws_secret_access_key = B'); // { accessKeyId: 'A', secretAccessKey: 'B' }
 */
export function credentialsIn(text: string): Credentials | undefined {
  const values = new Map<string, string>();
  let profiles = 0;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*\[/.test(line) && (profiles += 1) > 1) break;
    const [, name, value] =
      /^\s*(aws_access_key_id|aws_secret_access_key|aws_session_token)\s*=\s*(\S+)\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) values.set(name, value);
  }
  const [accessKeyId, secretAccessKey] = [values.get('aws_access_key_id'), values.get('aws_secret_access_key')];
  const sessionToken = values.get('aws_session_token');
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

/** One SSO as a separate process: started by a test with its options as JSON, reports its URL, ends on SIGTERM. */
import { connect } from '@dhp/postgres';
import { createSso, type SsoOptions } from '@dhp/sso';
import { issuer, playground, production } from './support.ts';

const { databaseUrl, encryptionKey, options } = JSON.parse(process.argv[2]!) as {
  databaseUrl: string;
  encryptionKey: string;
  options: Partial<SsoOptions>;
};
/** Milliseconds by which the test has the clock ahead. */
let lead = 0;
process.on('message', (message: { lead: number }) => {
  ({ lead } = message);
  process.send!({ hasLead: lead });
});
const sql = connect(databaseUrl, { max: 2 });
const { app, close } = await createSso({
  sql,
  issuer,
  environments: { playground, production },
  encryptionKey: Buffer.from(encryptionKey, 'base64'),
  defaultLanguage: 'uz',
  clock: () => new Date(Date.now() + lead),
  ...options,
});
process.once('SIGTERM', () => {
  void close()
    .then(() => sql.end({ timeout: 5 }))
    .then(() => process.exit(0));
});
process.send!({ url: await app.listen({ host: '127.0.0.1', port: 0 }) });

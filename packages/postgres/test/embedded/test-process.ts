/** The process of a test file: it makes a test database, tells its parent where the cluster is, and ends when told. */
import { testDatabase } from '../../src/testing.ts';

const database = await testDatabase({ name: 'short_lived' });
const [row] = await database.sql<{ directory: string }[]>`select current_setting('data_directory') as directory`;
process.send?.(row?.directory);
process.once('message', () => process.exit());

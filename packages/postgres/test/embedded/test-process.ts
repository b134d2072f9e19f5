/** The process of a test file: it creates a test database, sends its parent the place of the cluster, and ends on request. */
import { testDatabase } from '../../src/testing.ts';

const database = await testDatabase({ name: 'short_lived' });
const [row] = await database.sql<{ directory: string }[]>`select current_setting('data_directory') as directory`;
process.send?.(row?.directory);
process.once('message', () => process.exit());

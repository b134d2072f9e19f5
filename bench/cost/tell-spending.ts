/** Loaded into each process of the platform (`node --import`): appends the spending of each request to a file, as a line of JSON. */
import { appendFileSync } from 'node:fs';
import { onSpending } from '../../tests/cost/spending.ts';
import { spendingFile } from './spending.ts';

const file = process.env[spendingFile];
if (file !== undefined) onSpending((name, spent) => appendFileSync(file, `${JSON.stringify({ name, ...spent })}\n`));

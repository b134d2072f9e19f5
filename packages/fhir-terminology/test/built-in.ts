import { readFileSync } from 'node:fs';
import { contentFile, grammars, layered, readContent, type ConceptSource } from '../src/index.ts';

/** Everything that is built in. */
export const builtIn: ConceptSource = layered(readContent(readFileSync(contentFile)), grammars());

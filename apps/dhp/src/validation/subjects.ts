/** The resources that the words of `dhp validate` name: files, folders, lines of NDJSON, standard input. */
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { decodeJson, scanJson } from '@dhp/fhir-model';
import { XmlFault, xmlToJson } from '@dhp/fhir-xml';
import { spokenLanguage } from '../locale.ts';
import { packageMessages } from '../texts/package.ts';

/** A resource to be validated, as text. */
export interface Subject {
  /** For people: the given path, with the path below it; `-` for standard input. */
  readonly file: string;
  readonly text: string;
  /** The line of the file in which the text begins; undefined if findings have no place, as in text converted from XML. */
  readonly line: number | undefined;
  /** Faults of the XML from which the text was made that do not prevent reading the rest; their places are in the file. */
  readonly faults?: readonly XmlFault[];
}

/** A file that cannot be read; there is no finding about a resource. */
export interface Unreadable {
  readonly file: string;
  readonly reason: string;
}

/** An existing file that is not JSON or XML at all, which is a fault. */
export interface Broken {
  readonly file: string;
  readonly fault: string;
  /** Faults of the XML before it. */
  readonly faults: readonly XmlFault[];
}

export interface NamedFile {
  readonly file: string;
  /** Whether the file was named on the command line. A named file must be a resource; other files of a folder need not be. */
  readonly isNamed: boolean;
}

const stdin = '-';
const lineTypes = new Set(['.ndjson', '.jsonl']);
const types = new Set(['.json', '.xml', ...lineTypes]);

/** The files at paths; those of folders in the order of their names. */
export async function filesOf(paths: readonly string[]): Promise<(NamedFile | Unreadable)[]> {
  const found: (NamedFile | Unreadable)[] = [];
  for (const path of paths) {
    try {
      if (path !== stdin && (await stat(path)).isDirectory()) {
        for (const file of await filesBelow(path)) found.push({ file, isNamed: false });
      } else found.push({ file: path, isNamed: true });
    } catch (error) {
      found.push({ file: path, reason: reasonOf(error) });
    }
  }
  return found;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const found: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesBelow(path)));
    else if (types.has(extname(entry.name).toLowerCase())) found.push(path);
  }
  return found;
}

/** The resources of one file. Nothing for a JSON file of a folder without resources, such as `package.json`. */
export async function* subjectsIn({ file, isNamed }: NamedFile): AsyncGenerator<Subject | Unreadable | Broken> {
  const faults: XmlFault[] = [];
  try {
    if (lineTypes.has(extname(file).toLowerCase())) yield* linesOf(file);
    else {
      const bytes = file === stdin ? await readAll(process.stdin) : await readFile(file);
      const text = decodeJson(bytes);
      if (/^\s*</.test(text))
        yield { file, text: xmlToJson(text, { onFault: (fault) => faults.push(fault) }), line: undefined, faults };
      else if (file === stdin && isLines(text)) yield* textLines(text);
      else if (isNamed || mayBeResource(file, text)) yield { file, text, line: 1 };
    }
  } catch (error) {
    if (error instanceof XmlFault || (error as Error).name === 'JsonSyntaxError') {
      yield { file, fault: (error as Error).message, faults };
    } else yield { file, reason: reasonOf(error) };
  }
}

async function* linesOf(file: string): AsyncGenerator<Subject> {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    line += 1;
    if (text.trim() !== '') yield { file, text, line };
  }
}

/** Whether several JSON objects follow each other, each on a separate line. */
function isLines(text: string): boolean {
  const [first = '', second = ''] = text.split('\n').filter((line) => line.trim() !== '');
  return /^\s*\{.*\}\s*$/.test(first) && second.trimStart().startsWith('{');
}

function* textLines(text: string): Generator<Subject> {
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() !== '') yield { file: stdin, text: line, line: i + 1 };
  }
}

/** Whether a file of a folder can be a resource; manifests, indexes and settings of tools are skipped. */
function mayBeResource(file: string, text: string): boolean {
  if (/^package(?:-lock)?\.json$/.test(basename(file))) return false;
  try {
    return scanJson(text).resourceType !== undefined;
  } catch {
    return text.includes('"resourceType"'); // broken, but intended to be one
  }
}

async function readAll(input: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of input) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const { notThere, notAllowed } = packageMessages[spokenLanguage()].validate;
  if (code === 'ENOENT') return notThere;
  if (code === 'EACCES') return notAllowed;
  return message;
}

// Measures the inside of a workspace from its source text: circles of imports, of files and of folders, the symbols at its door, the sizes of its files and functions. Type imports count: a reader has to follow them, too.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';

/**
 * @param root the folder of the repository
 * @param workspace such as `apps/fhir`
 * @param parts workspaces whose files and functions count in the quantiles, where a server is made of several
 * @returns the metrics of `bars` in check-house.mjs, and the circles of folders and the pairs themselves, for messages
 */
export function measure(root, workspace, parts = []) {
  const source = join(root, workspace, 'src');
  const files = sourceFiles(source).map((path) => parse(path));
  const imports = importsOf(files);
  const folderOf = (path) => relative(source, dirname(path)).split(sep)[0] || '.';
  const circles = circlesOf(imports).filter((circle) => new Set(circle.map(folderOf)).size > 1);
  const largest = circles.reduce((most, circle) => (circle.length > most.length ? circle : most), []);
  const folders = foldersThatImport(imports, folderOf);
  const folderCircles = circlesOf(folders).map((circle) => circle.sort().join(' → '));
  const pairs = mutualPairs(folders);
  const ofParts = parts.flatMap((part) => sourceFiles(join(root, part, 'src')).map((path) => parse(path)));
  const lines = [...files, ...ofParts].map(({ tree }) => lineCount(tree)).sort(ascending);
  const functions = [...files, ...ofParts].flatMap(({ tree }) => functionSizes(tree)).sort(ascending);
  const ownFunctions = files.flatMap(({ tree }) => functionSizes(tree));
  return {
    metrics: {
      circles: circles.length,
      circle: largest.length,
      folderCircles: folderCircles.length,
      pairs: pairs.length,
      door: symbolsAtDoor(root, workspace),
      fileMedian: quantile(lines, 0.5),
      fileP90: quantile(lines, 0.9),
      fileMost: lines.at(-1) ?? 0,
      functionMedian: quantile(functions, 0.5),
      functionP90: quantile(functions, 0.9),
      functionMost: Math.max(0, ...ownFunctions),
    },
    circle: largest.map((path) => relative(source, path).split(sep).join('/')).sort(),
    folderCircles,
    pairs,
  };
}

/** @returns how many symbols the widest door of a workspace shows; 0 where it has none */
export function symbolsAtDoor(root, workspace) {
  return Math.max(0, ...doorsOf(root, workspace).map((path) => exportedSymbols(parse(path).tree)));
}

/**
 * How often each name that docs/glossary.md lists under "Replaced names" occurs in the identifiers of some workspaces, sources and tests.
 * A name that begins with a capital is a whole identifier; a small one is a word within identifiers (`desk` in `openDesk`).
 * @returns counts by name
 */
export function countOldNames(root, workspaces, glossary) {
  const [, section = ''] = glossary.split(/^## Replaced names$/m);
  const rows = section.split(/^## /m)[0].matchAll(/^\| *([\w, ]+?) *\|/gm);
  const names = [...rows].flatMap(([, cell]) => cell.split(', ')).filter((name) => name !== 'Before');
  const counts = new Map(names.map((name) => [name, 0]));
  const isNamed = new RegExp(`\\b(?:${names.join('|')})|(?:${names.map(capital).join('|')})`);
  const folders = workspaces.flatMap((workspace) => [join(root, workspace, 'src'), join(root, workspace, 'test')]);
  for (const path of folders.filter((folder) => existsSync(folder)).flatMap(sourceFiles)) {
    if (names.length === 0 || !isNamed.test(readFileSync(path, 'utf8'))) continue;
    for (const name of identifiersOf(parse(path).tree).flatMap((each) => [...new Set([each, ...smallWordsOf(each)])]))
      if (counts.has(name)) counts.set(name, counts.get(name) + 1);
  }
  return Object.fromEntries(counts);
}

const capital = (name) => name.charAt(0).toUpperCase() + name.slice(1);

function identifiersOf(tree) {
  const found = [];
  const visit = (node) => {
    if (ts.isIdentifier(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** The words of a name in camel case, in small letters. */
const smallWordsOf = (name) => [...name.matchAll(/[A-Z]?[a-z]+/g)].map(([word]) => word.toLowerCase());

/**
 * How often the source of a workspace makes what can carry the state of a request past the arguments of its functions: side tables of
 * objects (`WeakMap`, `WeakSet`) and what follows the asynchronous context.
 */
export function countHiddenState(root, workspace) {
  const text = sourceFiles(join(root, workspace, 'src'))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
  return [...text.matchAll(/\bnew (?:WeakMap|WeakSet|AsyncLocalStorage)\b|\bAsyncLocalStorage\.snapshot\b/g)].length;
}

/**
 * Counts the comments of a folder that begin with What, Who, Whose or That. Such a comment makes a reader guess its subject, where a noun
 * or a verb would name it.
 */
export function countVagueComments(root, folder) {
  const beginning = String.raw`(?:What|Who|Whose|That)\s`;
  const blocks = new RegExp(String.raw`^[ \t]*\/\*\*?\s*(?:\*\s)?\s*${beginning}`, 'gm');
  const lines = new RegExp(String.raw`(?<!^[ \t]*\/\/.*\n)^[ \t]*\/\/\s*${beginning}`, 'gm');
  return writtenFiles(join(root, folder))
    .map((path) => readFileSync(path, 'utf8'))
    .reduce((sum, text) => sum + [...text.matchAll(blocks), ...text.matchAll(lines)].length, 0);
}

/** Constructions of comments that read translated, each with what a native writer uses. */
const translated = {
  'undefined where (if)': /\b(?:[Uu]ndefined|[Nn]ull|[Aa]bsent|@throws \w+) where\b/g,
  'for who (whoever)': /\b(?:for|by|to|with|from|than) who\b/g,
  'stands in (is in)': /\bstands (?:in|behind|beside|between|below) (?:a|the|its|it)\b/g,
  'anew (again)': /\banew\b/g,
  'of before (previous)': /\b[\w-]+ of before\b/g,
  'made ready (prepared)': /\bma(?:de|kes) ready\b/g,
  'that is none (not a)': /\b(?:that|what|which) (?:is|are) none\b/g,
};

/** @returns how many lines of comment in the programs of some folders have each such construction */
export function countTranslatedComments(folders) {
  const lines = folders
    .filter((folder) => existsSync(folder))
    .flatMap(writtenFiles)
    .flatMap((path) => readFileSync(path, 'utf8').match(/^[ \t]*(?:\/\*\*|\*|\/\/).*$/gm) ?? [])
    .join('\n');
  return Object.fromEntries(Object.entries(translated).map(([name, each]) => [name, (lines.match(each) ?? []).length]));
}

/** A file with fewer lines that a single other one imports is more often a paragraph of that one than a page of its own. */
const smallFile = 30;

/**
 * Lists the sources of all workspaces that are under 30 lines and imported by one file alone, of sources, tests and benchmarks. The doors of
 * packages, and what a build step or `npm run messages` writes, are left out.
 * @returns paths from the root, sorted
 */
export function smallFilesWithOneImporter(root) {
  const workspaces = ['apps', 'packages'].flatMap((folder) => foldersIn(join(root, folder)));
  const importing = [...workspaces, join(root, 'tests'), join(root, 'bench')].filter((folder) => existsSync(folder));
  const importers = new Map();
  for (const path of importing.flatMap(writtenFiles)) {
    const named = readFileSync(path, 'utf8').matchAll(/\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
    for (const target of new Set([...named].map(([, specifier]) => resolve(dirname(path), specifier))))
      importers.set(target, (importers.get(target) ?? 0) + 1);
  }
  const doors = new Set(workspaces.flatMap(exportedFiles));
  const isSmall = (path) => readFileSync(path, 'utf8').trimEnd().split('\n').length < smallFile;
  return workspaces
    .filter((workspace) => existsSync(join(workspace, 'src')))
    .flatMap((workspace) => sourceFiles(join(workspace, 'src')))
    .filter((path) => importers.get(path) === 1 && !doors.has(path) && !isCatalogue(path) && isSmall(path))
    .map((path) => relative(root, path).split(sep).join('/'))
    .sort();
}

const ascending = (a, b) => a - b;
const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

function sourceFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !isGenerated(path))
    .sort();
}

/** Paths of all programs below a folder that people write: sources, tests, builds and scripts. */
function writtenFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return ['node_modules', 'generated', 'dist'].includes(entry.name) ? [] : writtenFiles(path);
    return /\.(?:ts|mjs|js)$/.test(entry.name) && !isGenerated(path) ? [path] : [];
  });
}

function foldersIn(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}

/** Files that the package.json of a workspace exports. */
function exportedFiles(workspace) {
  const file = join(workspace, 'package.json');
  if (!existsSync(file)) return [];
  const { exports = {} } = JSON.parse(readFileSync(file, 'utf8'));
  return Object.values(typeof exports === 'string' ? [exports] : exports).map((each) => join(workspace, each));
}

/** Whether `npm run messages` wrote the file from a catalogue. */
function isCatalogue(path) {
  return readFileSync(path, 'utf8').startsWith('// Made by `npm run messages`');
}

/** Whether a build step wrote the file; generated files are not measured and say so at their top. */
function isGenerated(path) {
  return (
    path.split(sep).includes('generated') || /\/build\/generate\.ts/.test(readFileSync(path, 'utf8').slice(0, 300))
  );
}

function parse(path) {
  const text = readFileSync(path, 'utf8');
  return { path, tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) };
}

function lineCount(tree) {
  const { line, character } = tree.getLineAndCharacterOfPosition(tree.end);
  return character === 0 ? line : line + 1;
}

/** For each file those of the workspace that it imports or exports from, as values or as types. */
function importsOf(files) {
  const known = new Set(files.map(({ path }) => path));
  return new Map(
    files.map(({ path, tree }) => {
      const targets = specifiersOf(tree)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => resolve(dirname(path), specifier))
        .filter((target) => known.has(target) && target !== path);
      return [path, new Set(targets)];
    }),
  );
}

function specifiersOf(tree) {
  const found = [];
  const visit = (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      found.push(node.moduleSpecifier.text);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) found.push(node.argument.literal.text);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      if (ts.isStringLiteral(node.arguments[0])) found.push(node.arguments[0].text);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** Files that lead to each other: the strongly connected components of more than one (Tarjan's algorithm). */
function circlesOf(graph) {
  const order = new Map();
  const low = new Map();
  const stack = [];
  const onStack = new Set();
  const circles = [];
  const connect = (node) => {
    order.set(node, order.size);
    low.set(node, order.get(node));
    stack.push(node);
    onStack.add(node);
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) {
        connect(next);
        low.set(node, Math.min(low.get(node), low.get(next)));
      } else if (onStack.has(next)) low.set(node, Math.min(low.get(node), order.get(next)));
    }
    if (low.get(node) !== order.get(node)) return;
    const circle = stack.splice(stack.indexOf(node));
    for (const member of circle) onStack.delete(member);
    if (circle.length > 1) circles.push(circle);
  };
  for (const node of graph.keys()) if (!order.has(node)) connect(node);
  return circles;
}

/** For each folder those that it imports from, itself left out; the files beside the folders belong to none. */
function foldersThatImport(imports, folderOf) {
  const folders = new Map();
  for (const [from, targets] of imports) {
    const here = folderOf(from);
    if (here === '.') continue;
    const known = folders.get(here) ?? new Set();
    for (const there of [...targets].map(folderOf)) if (there !== here && there !== '.') known.add(there);
    folders.set(here, known);
  }
  return folders;
}

/** `a ↔ b`, sorted. */
function mutualPairs(folders) {
  return [...folders]
    .flatMap(([a, targets]) => [...targets].filter((b) => a < b && folders.get(b)?.has(a)).map((b) => `${a} ↔ ${b}`))
    .sort();
}

/** The files at which others enter, but for those of tests. */
function doorsOf(root, workspace) {
  if (!existsSync(join(root, workspace, 'package.json'))) return [];
  const { exports = {} } = JSON.parse(readFileSync(join(root, workspace, 'package.json'), 'utf8'));
  const doors = typeof exports === 'string' ? [['.', exports]] : Object.entries(exports);
  return doors
    .filter(([name, file]) => name !== './testing' && typeof file === 'string' && file.endsWith('.ts'))
    .map(([, file]) => join(root, workspace, file));
}

const isGeneratedTypes = (statement) =>
  ts.isExportDeclaration(statement) &&
  statement.isTypeOnly &&
  statement.exportClause === undefined &&
  statement.moduleSpecifier.text.startsWith('../generated/');

/**
 * Types that are made from the specification, erased at run time, are one symbol.
 * @throws Error for any other `export *`, whose symbols cannot be counted from the text, and which tells a reader nothing
 */
function exportedSymbols(tree) {
  let count = 0;
  for (const statement of tree.statements) {
    if (isGeneratedTypes(statement)) count += 1;
    else if (ts.isExportDeclaration(statement)) {
      if (statement.exportClause === undefined || !ts.isNamedExports(statement.exportClause)) {
        throw new Error(`${tree.fileName}: a door names what it exports; export * does not`);
      }
      count += statement.exportClause.elements.length;
    } else if (
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    ) {
      count += ts.isVariableStatement(statement) ? statement.declarationList.declarations.length : 1;
    }
  }
  return count;
}

/** Lines of each function that has a body in braces; expressions are no place to get lost in. */
function functionSizes(tree) {
  const sizes = [];
  const lineAt = (position) => tree.getLineAndCharacterOfPosition(position).line;
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body !== undefined && ts.isBlock(node.body)) {
      sizes.push(lineAt(node.end) - lineAt(node.getStart(tree)) + 1);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return sizes;
}

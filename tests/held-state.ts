/**
 * Finds state that the code of a folder keeps between calls: variables of modules, and of functions that return functions which use them.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';

/**
 * @param which `reaching`: only files that reach a database, or a server that has one
 * @returns `file name` of each, with the file relative to the folder
 */
export async function heldState(folder: string, which: 'all' | 'reaching'): Promise<string[]> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => /(?<!\.d)\.ts$/.test(file)).sort();
  const found: string[] = [];
  for (const file of files) {
    const text = await readFile(join(folder, file), 'utf8');
    if (which === 'reaching' && !reaches.test(text)) continue;
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    for (const name of stateOf(source.statements)) found.push(`${file} ${name}`);
    visit(source, (node) => {
      if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined || !ts.isBlock(node.body)) return;
      if (!returnsFunctions(node.body) || (ofOneRequest.test(file) && !makes(node))) return;
      for (const name of stateOf(node.body.statements)) found.push(`${file} ${name}`);
    });
  }
  return found;
}

/** Matches files that can obtain data of a database: directly, or over HTTP from a server that has one. */
const reaches = /@dhp\/(?:postgres|fhir-store)'|\bfetch\(|\b[sS]ql\b/;

/** Folders whose functions work on one request: longer-lived state there belongs to a module, or to a function named for it. */
const ofOneRequest = /^(?:bundle|conditional|interactions|operations|search)\//;

function makes(node: ts.SignatureDeclaration): boolean {
  return /^(?:create|open)[A-Z]/.test(node.name?.getText() ?? '');
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  node.forEachChild((child) => visit(child, see));
}

/** Variables that can change, and collections that are initially empty. */
function stateOf(statements: readonly ts.Statement[]): string[] {
  return statements.filter(ts.isVariableStatement).flatMap(({ declarationList: { flags, declarations } }) =>
    declarations.flatMap(({ name, initializer }) => {
      if (!ts.isIdentifier(name)) return [];
      const isVariable = (flags & ts.NodeFlags.Let) !== 0;
      return isVariable || isEmptyCollection(initializer) ? [name.text] : [];
    }),
  );
}

function isEmptyCollection(value: ts.Expression | undefined): boolean {
  if (value === undefined) return false;
  if (ts.isArrayLiteralExpression(value)) return value.elements.length === 0;
  if (!ts.isNewExpression(value)) return false;
  // It receives only its size.
  if (value.expression.getText() === 'LRUCache') return true;
  return /^(?:Weak)?(?:Map|Set|Ref)$/.test(value.expression.getText()) && (value.arguments?.length ?? 0) === 0;
}

/** The names of the functions that a statement declares. */
function functionsOf(statement: ts.Statement): string[] {
  if (ts.isFunctionDeclaration(statement)) return statement.name === undefined ? [] : [statement.name.text];
  if (!ts.isVariableStatement(statement)) return [];
  const declared = statement.declarationList.declarations;
  return declared.flatMap(({ name, initializer }) =>
    ts.isIdentifier(name) && initializer !== undefined && ts.isArrowFunction(initializer) ? [name.text] : [],
  );
}

/** Whether a function, or an object with functions, is returned, not counting the results of inner functions. */
function returnsFunctions(body: ts.Block): boolean {
  const own = new Set(body.statements.flatMap(functionsOf));
  let does = false;
  const look = (node: ts.Node): void => {
    if (ts.isReturnStatement(node) && node.expression !== undefined) does ||= isOfFunctions(node.expression, own);
    if (!ts.isFunctionLike(node)) node.forEachChild(look);
  };
  body.forEachChild(look);
  return does;
}

/** @param own the functions declared in the same scope */
function isOfFunctions(value: ts.Expression, own: ReadonlySet<string>): boolean {
  if (ts.isArrowFunction(value) || ts.isFunctionExpression(value)) return true;
  if (ts.isAsExpression(value) || ts.isParenthesizedExpression(value)) return isOfFunctions(value.expression, own);
  if (!ts.isObjectLiteralExpression(value)) return false;
  return value.properties.some(
    (property) =>
      ts.isMethodDeclaration(property) ||
      ts.isGetAccessor(property) ||
      (ts.isShorthandPropertyAssignment(property) && own.has(property.name.text)) ||
      (ts.isPropertyAssignment(property) && isOfFunctions(property.initializer, own)),
  );
}

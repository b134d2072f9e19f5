/** Finds the functions and classes that a door exports, each with the text of its `@example`. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

export interface Example {
  /** Module that the function is imported from, such as `@dhp/fhir-search/values`. */
  readonly door: string;
  readonly name: string;
  /** Undefined if it has none. */
  readonly text: string | undefined;
}

type Declared = ts.FunctionDeclaration | ts.ClassDeclaration;

export function examplesOf(door: string, file: string): Example[] {
  return [...declaredIn(file)].map(([name, node]) => ({ door, name, text: exampleIn(node) }));
}

function exampleIn(node: Declared): string | undefined {
  const tag = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === 'example');
  return tag === undefined ? undefined : ts.getTextOfJSDocComment(tag.comment);
}

/** Functions and classes by the names under which a file exports them: its own, and those of other files that it names. */
function declaredIn(file: string): Map<string, Declared> {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found = new Map<string, Declared>();
  for (const statement of source.statements) {
    if (ts.isExportDeclaration(statement)) addOthers(statement, file, found);
    else if ((ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) && isExported(statement))
      found.set(statement.name!.text, statement);
  }
  return found;
}

const isExported = (node: Declared): boolean =>
  ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;

function addOthers(
  { moduleSpecifier, exportClause, isTypeOnly }: ts.ExportDeclaration,
  file: string,
  found: Map<string, Declared>,
): void {
  if (isTypeOnly || moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return;
  if (!moduleSpecifier.text.startsWith('.')) return;
  const theirs = declaredIn(join(dirname(file), moduleSpecifier.text));
  if (exportClause === undefined || !ts.isNamedExports(exportClause)) {
    for (const [name, node] of theirs) found.set(name, node);
    return;
  }
  for (const { name, propertyName, isTypeOnly: isType } of exportClause.elements) {
    const node = isType ? undefined : theirs.get((propertyName ?? name).text);
    if (node !== undefined) found.set(name.text, node);
  }
}

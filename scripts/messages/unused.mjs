// Messages that no code uses, found with the types of TypeScript: a key counts as used if its property is read, if its group is read by a
// key that may be it, and if the group is passed on as a value of another type.
import ts from 'typescript';
import { join } from 'node:path';

/**
 * @param modules paths of the modules that scripts/messages/module.mjs makes
 * @returns for each unused message the module and the keys that lead to it, joined by `.`
 */
export function findUnused(root, modules) {
  if (modules.length === 0) return [];
  const program = programOf(root);
  const checker = program.getTypeChecker();
  const made = new Set(modules.map((module) => join(module)));
  const leaves = new Map();
  for (const module of made) {
    const file = program.getSourceFile(module);
    if (file !== undefined) collectLeaves(file, leaves, module);
  }
  const names = new Set([...leaves.values()].flatMap(({ path }) => path));
  const used = new Set();
  const mark = (declaration) => {
    if (leaves.has(declaration)) used.add(declaration);
    else if (declaration?.type !== undefined && ts.isTypeLiteralNode(declaration.type))
      declaration.type.members.forEach(mark);
  };
  for (const file of program.getSourceFiles()) {
    if (!/[\\/](?:apps|packages)[\\/][^\\/]+[\\/]src[\\/]/.test(file.fileName) || made.has(join(file.fileName)))
      continue;
    visit(file, { checker, made, names, mark });
  }
  return [...leaves].flatMap(([declaration, leaf]) => (used.has(declaration) ? [] : [leaf]));
}

function programOf(root) {
  const file = join(root, 'tsconfig.json');
  const { config } = ts.readConfigFile(file, ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(
    { ...config, include: ['apps', 'packages'] },
    ts.sys,
    root,
  );
  return ts.createProgram(
    fileNames.filter((name) => !/[\\/]test[\\/]/.test(name)),
    options,
  );
}

function collectLeaves(file, leaves, module) {
  const walk = (members, path) => {
    for (const member of members.filter(ts.isPropertySignature)) {
      const own = [...path, member.name.text];
      if (ts.isTypeLiteralNode(member.type)) walk(member.type.members, own);
      else leaves.set(member, { module, path: own });
    }
  };
  for (const statement of file.statements) if (ts.isInterfaceDeclaration(statement)) walk(statement.members, []);
}

function visit(node, about) {
  if (ts.isPropertyAccessExpression(node) && about.names.has(node.name.text)) {
    const symbol = about.checker.getSymbolAtLocation(node.name);
    if (isLeaf(symbol)) symbol?.declarations?.forEach(about.mark);
    else if (symbol !== undefined) markWhenHandedOn(node, about);
  } else if (ts.isElementAccessExpression(node)) {
    markByIndex(about.checker.getTypeAtLocation(node.expression), node.argumentExpression, about);
    markWhenHandedOn(node, about);
  } else if (ts.isIdentifier(node) && ts.isExpression(node)) {
    markWhenHandedOn(node, about);
  } else if (ts.isObjectBindingPattern(node)) {
    const type = about.checker.getTypeAtLocation(node);
    for (const { propertyName, name } of node.elements) {
      const key = propertyName ?? name;
      if (!ts.isComputedPropertyName(key) && about.names.has(key.text)) markProperty(type, key.text, about);
    }
  }
  ts.forEachChild(node, (child) => visit(child, about));
}

const isLeaf = (symbol) =>
  symbol?.declarations?.some(
    (declaration) =>
      ts.isPropertySignature(declaration) && declaration.type !== undefined && !ts.isTypeLiteralNode(declaration.type),
  ) ?? false;

function markProperty(type, name, { checker, mark }) {
  const symbol = checker.getPropertyOfType(type, name);
  if (isLeaf(symbol)) symbol.declarations.forEach(mark);
}

/** A key known only at run time may be any that its type allows; for any string, all keys are marked. */
function markByIndex(type, argument, about) {
  if (!isMade(type, about)) return;
  const keys = about.checker.getTypeAtLocation(argument);
  const each = keys.isUnion() ? keys.types : [keys];
  for (const key of each) {
    if (key.isStringLiteral()) markProperty(type, key.value, about);
    else for (const property of type.getProperties()) property.declarations?.forEach(about.mark);
  }
}

/** If a group is assigned to another type or put into an object, its messages cannot be tracked any further. */
function markWhenHandedOn(node, about) {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) || (ts.isElementAccessExpression(parent) && parent.expression === node))
    return;
  if (ts.isVariableDeclaration(parent) && parent.type === undefined) return;
  const type = about.checker.getTypeAtLocation(node);
  const groups = isMade(type, about) ? [type] : byLanguage(type, about);
  if (groups.length === 0) return;
  const isInObject = [ts.isSpreadAssignment, ts.isPropertyAssignment, ts.isShorthandPropertyAssignment].some((is) =>
    is(parent),
  );
  const wanted = isInObject ? undefined : about.checker.getContextualType(node);
  if (wanted === undefined ? !isInObject : isMade(wanted, about) || byLanguage(wanted, about).length > 0) return;
  for (const group of groups) for (const property of group.getProperties()) property.declarations?.forEach(about.mark);
}

/** The groups of a catalogue by language; an empty list if the type is something else. */
function byLanguage(type, about) {
  const groups = ['uz', 'ru', 'en'].map((language) => about.checker.getPropertyOfType(type, language));
  if (groups.includes(undefined)) return [];
  const types = groups.map((property) => about.checker.getTypeOfSymbol(property));
  return types.every((one) => isMade(one, about)) ? types : [];
}

/** Whether a type is a group of messages: its properties are declared in a module of messages. */
function isMade(type, { made }) {
  const [property] = type.getProperties();
  const file = property?.declarations?.[0]?.getSourceFile().fileName;
  return file !== undefined && made.has(join(file));
}

/**
 * A lint rule: an arbitrary text must not be a key into an object literal. Every object inherits `constructor`, `toString` and others, so
 * such a key would find a function in place of nothing. A Map has only its own entries.
 */
import ts from 'typescript';

/** The expression without casts. */
function plain(node) {
  let at = node;
  while (ts.isAsExpression(at) || ts.isSatisfiesExpression(at) || ts.isParenthesizedExpression(at)) at = at.expression;
  return at;
}

/** Whether a name is a module constant that is an object literal. */
function isLiteral(checker, name) {
  let symbol = checker.getSymbolAtLocation(name);
  if (symbol === undefined) return false;
  if ((symbol.flags & ts.SymbolFlags.Alias) !== 0) symbol = checker.getAliasedSymbol(symbol);
  const declared = symbol.valueDeclaration;
  if (declared === undefined || !ts.isVariableDeclaration(declared) || declared.initializer === undefined) return false;
  if (!ts.isSourceFile(declared.parent.parent.parent)) return false;
  return ts.isObjectLiteralExpression(plain(declared.initializer));
}

/** Whether the surrounding function tests first that the object has the name as its own property. */
function isAsked(node) {
  const around = ts.findAncestor(node, (one) => ts.isFunctionLike(one) || ts.isSourceFile(one));
  return around.getText().includes('Object.hasOwn');
}

export const inheritedNames = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      inherited: 'Every object has "constructor" and its like: look a text up in a Map, or ask Object.hasOwn first.',
    },
  },
  create(context) {
    const services = context.sourceCode.parserServices;
    const checker = services.program.getTypeChecker();
    const check = (node, object, name) => {
      const [where, key] = [object, name].map((one) => services.esTreeNodeToTSNodeMap.get(one));
      if ((checker.getTypeAtLocation(key).flags & ts.TypeFlags.String) === 0) return;
      if (ts.isIdentifier(where) && isLiteral(checker, where) && !isAsked(where))
        context.report({ node, messageId: 'inherited' });
    };
    return {
      'MemberExpression[computed=true]': (node) => check(node, node.object, node.property),
      'BinaryExpression[operator="in"]': (node) => check(node, node.right, node.left),
    };
  },
};

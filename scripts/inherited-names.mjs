/**
 * A rule of the linter: a text that may be any is not looked up in an object literal. It has `constructor`, `toString` and more of its own,
 * so that such a name finds a function where nothing stands. A Map has only what is put into it.
 */
import ts from 'typescript';

/** The expression without casts. */
function plain(node) {
  let at = node;
  while (ts.isAsExpression(at) || ts.isSatisfiesExpression(at) || ts.isParenthesizedExpression(at)) at = at.expression;
  return at;
}

/** Whether a name is that of a constant of a module that is an object literal. */
function isLiteral(checker, name) {
  let symbol = checker.getSymbolAtLocation(name);
  if (symbol === undefined) return false;
  if ((symbol.flags & ts.SymbolFlags.Alias) !== 0) symbol = checker.getAliasedSymbol(symbol);
  const declared = symbol.valueDeclaration;
  if (declared === undefined || !ts.isVariableDeclaration(declared) || declared.initializer === undefined) return false;
  if (!ts.isSourceFile(declared.parent.parent.parent)) return false;
  return ts.isObjectLiteralExpression(plain(declared.initializer));
}

/** Whether the function around a place asks first whether the object has the name itself. */
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

import { refuses } from './searching.ts';

refuses('composite: refusals', 'Observation', [
  ['code-value-quantity=2823-3', ['bad-value'], /token\$quantity/],
  ['code-value-quantity=a$1$2', ['bad-value']],
  ['code-value-quantity=a$', ['bad-value']],
  ['code-value-quantity=a$x', ['bad-value'], /number/],
  ['code-value-quantity=http://s|$1', ['bad-value'], /code in each/],
  ['code-value-quantity:missing=true', ['unknown-modifier'], /no modifier/],
]);

import { refuses } from './searching.ts';

refuses('string: refusals', 'Patient', [
  ['given:text=a AND', ['bad-value'], /phrases/],
  ['given:not=a', ['unknown-modifier'], /string.*:exact/],
  ['name=%20', ['bad-value'], /at least one/],
]);

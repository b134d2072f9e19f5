import { refuses } from './searching.ts';

refuses('string: refusals', 'Patient', [
  ['given:text=a AND', ['bad-value'], /phrases/],
  ['given:not=a', ['unknown-modifier'], /string.*:exact/],
  ['name=ab%00', ['bad-value'], /U\+0000.*character 3/],
  ['name=a%1f,b%0b', ['bad-value'], /U\+001F.*character 2/],
  ['name=%20', ['bad-value'], /at least one/],
]);

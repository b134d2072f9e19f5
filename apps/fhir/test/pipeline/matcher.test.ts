import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMatcher, partsOf } from '../../src/pipeline/matcher.ts';
import { routes } from '../../src/routes.ts';

const matcher = createMatcher(routes);

function matched(method: string, path: string): string | undefined {
  const { segments, values } = partsOf(path);
  return matcher.match(method, segments, values)?.route.path;
}

test('every route is found at its own address, and its variables are read', () => {
  for (const route of routes) {
    const parts = route.path.split('/').map((part) => (part.startsWith(':') ? `v-${part.slice(1)}` : part));
    const found = matcher.match(route.method, partsOf(parts.join('/')).segments);
    assert.equal(found?.route, route, `${route.method} ${route.path}`);
    for (const name of ['compartment', 'type', 'id', 'versionId'] as const) {
      const expected = route.path.split('/').includes(`:${name}`) ? `v-${name}` : undefined;
      assert.equal(found[name], expected, `${name} of ${route.path}`);
    }
  }
});

test('what is written out comes before a variable, and leads back to it for another method', () => {
  assert.equal(matched('GET', '/metadata'), '/metadata');
  assert.equal(matched('PUT', '/metadata'), '/:type');
  assert.equal(matched('GET', '/Patient/_history'), '/:type/_history');
  assert.equal(matched('DELETE', '/Patient/_history'), '/:type/:id');
  assert.equal(matched('GET', '/Patient/1/_history'), '/:type/:id/_history');
  assert.equal(matched('GET', '/Patient/1/Observation'), '/:compartment/:id/:type');
});

test('the base URL has its routes with and without a slash, and nothing else has', () => {
  for (const path of ['', '/']) assert.equal(matched('GET', path), '/');
  assert.equal(matched('PUT', ''), undefined);
  assert.equal(matched('GET', '/a/b/c/d/e/f'), undefined);
});

test('a variable takes any text, which is decoded once', () => {
  const { segments, values } = partsOf('/Patient/a%2Fb%20%2525#x');
  assert.equal(matcher.match('GET', segments, values)?.id, 'a/b %25');
  assert.equal(matched('GET', '/%50atient/%5Fhistory'), '/:type/_history');
  assert.equal(matched('GET', '/Patient/'), '/:type/:id');
});

test('what is told of an address takes no operation and no empty part for a value', () => {
  const at = (path: string): string[] => matcher.at(partsOf(path).segments).routes.map(({ method }) => method);
  assert.deepEqual(at('/Patient/1'), ['GET', 'PUT', 'PATCH', 'DELETE']);
  assert.deepEqual(at('/Patient/$nothing'), []);
  assert.deepEqual(at('/Patient/'), []);
  assert.equal(matcher.at(['metadata']).isExact, true);
  assert.equal(matcher.fits(['Patient', '']), false);
});

test('two routes of one method and path stop the start', () => {
  assert.throws(() => createMatcher([routes[0]!, routes[0]!]), /two routes are GET \/metadata/);
});

import type { ConceptSource } from '../source/concept-source.ts';
import { ResourceSource } from '../source/resource-source.ts';
import { mediaTypes } from './bcp13.ts';
import { languages } from './bcp47.ts';
import { ucum } from './ucum.ts';
import { uris } from './uri.ts';

/**
 * The code systems that are rules: UCUM, language tags, media types and URIs.
 * @example
 * grammars().codeSystems('urn:ietf:bcp:47').length; // 1
 */
export function grammars(): ConceptSource {
  const source = new ResourceSource();
  for (const system of [ucum(), languages(), mediaTypes(), uris()]) source.addSystem(system);
  return source;
}

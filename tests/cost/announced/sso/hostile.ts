/** Hostile requests for everything that the SSO announces. */
import type { Hostile } from '../generator.ts';
import { ofAct } from './acts.ts';
import type { SsoAnnounced } from './announced.ts';
import type { Ground } from './ground.ts';
import { ofChoice, ofEndpoint, ofRegistration } from './parameters.ts';

/** @throws Error for what no generator is made for */
export function hostileToSso(announced: SsoAnnounced, ground: Ground): readonly Hostile[] {
  switch (announced.kind) {
    case 'endpoint':
      return ofEndpoint(announced, ground);
    case 'choice':
      return ofChoice(announced, ground);
    case 'registration':
      return ofRegistration(announced, ground);
    case 'act':
    case 'part of a path':
    case 'member':
      return ofAct(announced, ground);
  }
}

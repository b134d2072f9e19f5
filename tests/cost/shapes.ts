/** The table of shapes: one for each construct of which a caller says how many there are, by area. */
import type { Shapes } from './shape.ts';
import { administration } from './shapes/administration.ts';
import { bundles } from './shapes/bundles.ts';
import { changes } from './shapes/changes.ts';
import { definitions } from './shapes/definitions.ts';
import { oauthExtensions } from './shapes/oauth-extensions.ts';
import { publishedKeys } from './shapes/published-keys.ts';
import { requests } from './shapes/requests.ts';
import { resources } from './shapes/resources.ts';
import { searches } from './shapes/searches.ts';
import { signIn } from './shapes/sign-in.ts';
import { terminology } from './shapes/terminology.ts';
import { texts } from './shapes/texts.ts';
import { tokens } from './shapes/tokens.ts';

export const shapes = {
  Resources: resources,
  'Narrative and XML': texts,
  Bundles: bundles,
  Searches: searches,
  'Patches and records': changes,
  'Uploaded definitions': definitions,
  Terminology: terminology,
  Requests: requests,
  Tokens: tokens,
  'Extensions of OAuth': oauthExtensions,
  'Published keys': publishedKeys,
  'Signing in and registration': signIn,
  Administration: administration,
} as const satisfies Record<string, Shapes>;

/**
 * Every setting of the platform, as data: its name, meaning and possible values. `configuration.ts` reads the environment by these tables
 * and docs/configuration.md is tested against them, so the three cannot drift.
 */
import { costs } from './settings/costs.ts';
import { defence } from './settings/defence.ts';
import { people } from './settings/people.ts';
import { records } from './settings/records.ts';
import { serving } from './settings/serving.ts';
import { streams } from './settings/streams.ts';

/** The tables by subject, in the order of the documentation. */
export const subjects = [
  { title: 'What is served, where, and how much it tells', settings: serving },
  { title: 'Keys, and who may call how often', settings: defence },
  { title: 'What the FHIR servers hold and take', settings: records },
  { title: 'What one request may cost', settings: costs },
  { title: 'What is passed on to other systems', settings: streams },
  { title: 'People, how they sign in, and what reaches them', settings: people },
] as const;

export const settings = { ...serving, ...defence, ...records, ...costs, ...streams, ...people } as const;

export type SettingName = keyof typeof settings;
export type SettingValues = { readonly [K in SettingName]?: ReturnType<(typeof settings)[K]['parse']> };

import type { Budget, Round } from '@dhp/budget';
import { TerminologyFault } from '../outcome/fault.ts';
import type { Language } from '@dhp/negotiation';
import type { Settings } from '../parameters/settings.ts';
import type { Knowledge } from '../source/knowledge.ts';

/** A value set that is unknown, or has an unintelligible part: the request has an answer, which is negative. */
export class Unprepared extends TerminologyFault {}

/** Context that all checks of a request share. */
export interface CheckContext {
  readonly knowledge: Knowledge;
  readonly settings: Settings;
  readonly now: Date;
  /** Language of the sentences of the answer. */
  readonly language: Language;
  /** Limits the work of the request; undefined: no limit. */
  readonly budget?: Budget | undefined;
  /** Is ended when an answer takes longer than others should wait, and asked again; without one all is done at once. */
  readonly round?: Round | undefined;
}

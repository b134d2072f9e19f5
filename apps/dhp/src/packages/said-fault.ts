/** A failure about packages whose message is in the three languages. */
import { PackageFault, type PackageFaultKind } from '@dhp/fhir-package';
import type { Language } from '@dhp/negotiation';
import { packageMessages, type PackageMessages } from '../texts/package.ts';

/** The sentence of a failure, from the messages of one language. */
export type Sentence = (messages: PackageMessages) => string;

/** Its `message` is English, as in reports for programs; people get `inLanguage`. */
export class SaidFault extends PackageFault {
  readonly sentence: Sentence;

  constructor(kind: PackageFaultKind, sentence: Sentence) {
    super(kind, sentence(packageMessages.en));
    this.sentence = sentence;
  }

  inLanguage(language: Language): string {
    return this.sentence(packageMessages[language]);
  }
}

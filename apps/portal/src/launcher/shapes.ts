/** Answers of the API of the SSO about launches. */

/** A test person of the playground. */
export interface TestPerson {
  /** Identifies the person in the test identity system. */
  readonly as: string;
  readonly name: string;
  readonly is: string;
  /** Id of the Patient or Practitioner. */
  readonly id: string;
  /** Id of the last Encounter of a patient. */
  readonly encounter: string | null;
}

/** A registered launch. */
export interface Launched {
  readonly launch: string;
  readonly expires_in: number;
  readonly iss: string;
  readonly launch_url: string | null;
}

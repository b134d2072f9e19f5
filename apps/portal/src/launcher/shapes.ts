/** Answers of the API of the SSO about launches. */

/** Somebody of the playground who is nobody. */
export interface TestPerson {
  /** By which the identity system for trying out knows the person. */
  readonly as: string;
  readonly name: string;
  readonly is: string;
  /** Id of the Patient or Practitioner. */
  readonly id: string;
  /** Id of the last Encounter of a patient. */
  readonly encounter: string | null;
}

/** A launch that is registered. */
export interface Launched {
  readonly launch: string;
  readonly expires_in: number;
  readonly iss: string;
  readonly launch_url: string | null;
}

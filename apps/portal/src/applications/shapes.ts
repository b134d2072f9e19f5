/** Answers of the SSO's API about applications. The words are those of the SSO; unknown ones are shown unchanged. */

export interface Person {
  readonly name: string;
  readonly organizations: readonly Organization[];
  /** Absent at an SSO of an earlier version, while nodes are upgraded one by one. */
  readonly limits?: Limits;
}

/** The limits of a person and an organisation, and how much the person uses. */
export interface Limits {
  readonly organizations: { readonly made: number; readonly most: number };
  readonly applications: { readonly working: number; readonly most: number };
  readonly applications_of_organization: number;
}

export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly applications: readonly ListedApplication[];
}

export interface ListedApplication {
  readonly client_id: string;
  readonly client_name: string;
  readonly kind: string;
  readonly environment: string;
  readonly state: string;
  /** `ended` or `ends-soon`, if a credential is in this state. */
  readonly ends?: string | null;
}

export interface Kind {
  readonly kind: string;
  readonly has_redirects: boolean;
  readonly public: boolean;
  readonly tasks: readonly { readonly task: string; readonly scope: string }[];
}

export interface Application extends Omit<ListedApplication, 'ends'> {
  readonly task: string;
  readonly role: string;
  readonly organization: { readonly id: string; readonly name: string };
  readonly scope: string;
  readonly redirect_uris: readonly string[];
  /** Address at which software of health workers launches it. */
  readonly initiate_login_uri: string | null;
  readonly public: boolean;
  readonly has_keys: boolean;
  readonly live_secrets: number;
  readonly ends: readonly End[];
  readonly created_at: string;
  readonly revoked_at: string | null;
}

/** When a secret or a key expires. */
export interface End {
  readonly credential: string;
  readonly kid?: string;
  readonly ends_at: string;
  readonly state: string;
}

export type NewApplication = Application & { readonly client_secret?: string };

export interface Production {
  readonly is_served: boolean;
  readonly requests: readonly ProductionRequest[];
}

export interface ProductionRequest {
  readonly client_id: string;
  readonly state: string;
  readonly asked_at: string;
  readonly reason: string | null;
}

export interface Members {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  /** How many invitations are open. */
  readonly invitations: number;
  readonly members: readonly Member[];
}

export interface Member {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly is_self: boolean;
}

export interface Invitation {
  readonly organization: string;
  readonly role: string;
}

// Made by `npm run messages` from messages/oauth-error-remedy/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/oauth-error-remedy/uz.json' with { type: 'json' };
import ru from '../../messages/oauth-error-remedy/ru.json' with { type: 'json' };
import en from '../../messages/oauth-error-remedy/en.json' with { type: 'json' };

export interface OauthErrorRemedyMessages {
  readonly invalid_request: string;
  readonly invalid_client: string;
  readonly invalid_grant: string;
  readonly unauthorized_client: string;
  readonly unsupported_grant_type: string;
  readonly invalid_scope: string;
  readonly invalid_target: string;
  readonly invalid_token: string;
  readonly temporarily_unavailable: string;
  readonly authorization_pending: string;
  readonly slow_down: string;
  readonly expired_token: string;
  readonly access_denied: string;
  readonly invalid_dpop_proof: string;
  readonly use_dpop_nonce: string;
  readonly not_found: string;
  readonly server_error: string;
}

export const oauthErrorRemedyMessages = readCatalogue<OauthErrorRemedyMessages>({ uz, ru, en });

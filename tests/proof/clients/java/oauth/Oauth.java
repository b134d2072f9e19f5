import com.google.api.client.auth.oauth2.AuthorizationCodeRequestUrl;
import com.google.api.client.auth.oauth2.AuthorizationCodeTokenRequest;
import com.google.api.client.auth.oauth2.BearerToken;
import com.google.api.client.auth.oauth2.ClientCredentialsTokenRequest;
import com.google.api.client.auth.oauth2.ClientParametersAuthentication;
import com.google.api.client.auth.oauth2.RefreshTokenRequest;
import com.google.api.client.auth.oauth2.TokenResponse;
import com.google.api.client.http.BasicAuthentication;
import com.google.api.client.http.GenericUrl;
import com.google.api.client.http.HttpExecuteInterceptor;
import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.api.client.json.gson.GsonFactory;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.AuthorizationResponse;
import com.nimbusds.oauth2.sdk.ClientCredentialsGrant;
import com.nimbusds.oauth2.sdk.ErrorObject;
import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenIntrospectionRequest;
import com.nimbusds.oauth2.sdk.TokenIntrospectionResponse;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenRevocationRequest;
import com.nimbusds.oauth2.sdk.as.AuthorizationServerMetadata;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.ClientSecretPost;
import com.nimbusds.oauth2.sdk.auth.PrivateKeyJWT;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.oauth2.sdk.token.AccessToken;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.LogoutRequest;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.UserInfoRequest;
import com.nimbusds.openid.connect.sdk.UserInfoResponse;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import java.net.URI;
import java.util.Set;

/** Clients of OAuth 2.0 and OpenID Connect, each as its documentation says. */
final class Oauth {
  private static final String ISSUER = Table.text("issuer");
  private static final URI REDIRECT = URI.create(Table.text("redirectUri"));
  private static final Scope SCOPE = Scope.parse("openid profile fhirUser offline_access user/*.cruds");

  public static void main(String[] arguments) throws Exception {
    nimbus();
    google();
  }

  private static ClientID id(String client) {
    return new ClientID(Table.text(client, "client_id"));
  }

  private static Secret secret(String client) {
    return new Secret(Table.text(client, "client_secret"));
  }

  private static void nimbus() throws Exception {
    Table table = new Table("com.nimbusds:oauth2-oidc-sdk", TokenRequest.class);
    OIDCProviderMetadata op = table.call("discovery (OpenID Connect)", () -> OIDCProviderMetadata.resolve(new Issuer(ISSUER)));
    table.call("discovery (RFC 8414)", () -> AuthorizationServerMetadata.resolve(new Issuer(ISSUER)));
    RSAKey key = RSAKey.parse(Table.GROUND.path("signing").path("jwk").toString());
    for (String way : new String[] {"client_secret_basic", "client_secret_post", "private_key_jwt", "private_key_jwt by RS256"}) {
      table.call("client_credentials by " + way, () -> {
        ClientAuthentication own = authentication(way, op, key);
        AccessToken token = tokens(new TokenRequest.Builder(op.getTokenEndpointURI(), own, new ClientCredentialsGrant()).scope(Scope.parse("system/Patient.rs")).build()).getTokens().getAccessToken();
        ClientAuthentication again = authentication(way, op, key);
        TokenIntrospectionResponse told = TokenIntrospectionResponse.parse(new TokenIntrospectionRequest(op.getIntrospectionEndpointURI(), again, token).toHTTPRequest().send());
        Table.check(told.indicatesSuccess() && told.toSuccessResponse().isActive(), "active");
        int status = new TokenRevocationRequest(op.getRevocationEndpointURI(), authentication(way, op, key), token).toHTTPRequest().send().getStatusCode();
        Table.check(status == 200, "revoked");
        return null;
      });
    }
    for (String client : new String[] {"web", "mobile"}) {
      String with = client.equals("web") ? "with a secret" : "without a secret";
      ClientAuthentication own = client.equals("web") ? new ClientSecretBasic(id(client), secret(client)) : null;
      OIDCTokenResponse got = table.call("code " + with, () -> {
        CodeVerifier verifier = new CodeVerifier();
        Nonce nonce = new Nonce();
        State state = new State();
        URI address = new AuthenticationRequest.Builder(ResponseType.CODE, SCOPE, id(client), REDIRECT).endpointURI(op.getAuthorizationEndpointURI()).state(state).nonce(nonce).codeChallenge(verifier, CodeChallengeMethod.S256).build().toURI();
        AuthorizationCode code = AuthorizationResponse.parse(Table.signIn(address)).toSuccessResponse().getAuthorizationCode();
        AuthorizationCodeGrant grant = new AuthorizationCodeGrant(code, REDIRECT, verifier);
        OIDCTokenResponse answer = tokens(request(op, client, own, grant));
        IDTokenValidator validator = new IDTokenValidator(new Issuer(ISSUER), id(client), JWSAlgorithm.RS256, op.getJWKSetURI().toURL());
        validator.validate(answer.getOIDCTokens().getIDToken(), nonce);
        return answer;
      });
      table.call("userinfo " + with, () -> {
        UserInfoResponse answer = UserInfoResponse.parse(new UserInfoRequest(op.getUserInfoEndpointURI(), got.getTokens().getBearerAccessToken()).toHTTPRequest().send());
        return answer.toSuccessResponse().getUserInfo().getName();
      });
      table.call("refresh " + with, () -> tokens(request(op, client, own, new RefreshTokenGrant(got.getTokens().getRefreshToken()))));
      table.call("end session " + with, () -> {
        URI address = new LogoutRequest(op.getEndSessionEndpointURI(), got.getOIDCTokens().getIDToken(), URI.create(Table.text("app") + "/bye"), new State()).toURI();
        Table.check(java.net.http.HttpClient.newHttpClient().send(java.net.http.HttpRequest.newBuilder(address).build(), java.net.http.HttpResponse.BodyHandlers.ofString()).statusCode() == 200, "a page");
        return null;
      });
    }
    Table jose = new Table("com.nimbusds:nimbus-jose-jwt", RSAKey.class);
    jose.call("checks an access token", () -> {
      AccessToken token = tokens(new TokenRequest.Builder(op.getTokenEndpointURI(), authentication("client_secret_basic", op, key), new ClientCredentialsGrant()).build()).getTokens().getAccessToken();
      DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
      processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt")));
      processor.setJWSKeySelector(new JWSVerificationKeySelector<>(JWSAlgorithm.ES256, JWKSourceBuilder.create(op.getJWKSetURI().toURL()).build()));
      processor.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(Table.text("fhir"), new JWTClaimsSet.Builder().issuer(ISSUER).build(), Set.of("sub", "client_id", "scope", "iat", "exp", "jti")));
      return processor.process(token.getValue(), null).getSubject();
    });
  }

  private static TokenRequest request(OIDCProviderMetadata op, String client, ClientAuthentication own, com.nimbusds.oauth2.sdk.AuthorizationGrant grant) {
    return own != null
        ? new TokenRequest.Builder(op.getTokenEndpointURI(), own, grant).build()
        : new TokenRequest.Builder(op.getTokenEndpointURI(), id(client), grant).build();
  }

  private static ClientAuthentication authentication(String way, OIDCProviderMetadata op, RSAKey key) throws Exception {
    return switch (way) {
      case "client_secret_basic" -> new ClientSecretBasic(id("backend"), secret("backend"));
      case "client_secret_post" -> new ClientSecretPost(id("backend"), secret("backend"));
      default -> new PrivateKeyJWT(id("signing"), op.getTokenEndpointURI(), way.endsWith("RS256") ? JWSAlgorithm.RS256 : JWSAlgorithm.RS384, key.toRSAPrivateKey(), "k1", null);
    };
  }

  private static OIDCTokenResponse tokens(TokenRequest request) throws Exception {
    com.nimbusds.oauth2.sdk.TokenResponse answer = OIDCTokenResponseParser.parse(request.toHTTPRequest().send());
    if (answer instanceof OIDCTokenResponse oidc) return oidc;
    if (answer.indicatesSuccess()) return OIDCTokenResponse.parse(answer.toSuccessResponse().toJSONObject());
    ErrorObject error = answer.toErrorResponse().getErrorObject();
    throw new IllegalStateException(error.getHTTPStatusCode() + " " + error.getCode() + " " + error.getDescription());
  }

  private static void google() {
    Table table = new Table("com.google.oauth-client:google-oauth-client", TokenResponse.class);
    GenericUrl url = new GenericUrl(ISSUER + "/oauth/token");
    NetHttpTransport transport = new NetHttpTransport();
    GsonFactory json = GsonFactory.getDefaultInstance();
    for (boolean isBasic : new boolean[] {true, false}) {
      String way = isBasic ? "basic" : "post";
      table.call("client_credentials by " + way, () -> new ClientCredentialsTokenRequest(transport, json, url).setScopes(Set.of("system/*.rs")).setClientAuthentication(by(isBasic, "backend")).execute());
      TokenResponse got = table.call("code by " + way, () -> {
        String address = new AuthorizationCodeRequestUrl(ISSUER + "/oauth/authorize", Table.text("web", "client_id")).setRedirectUri(REDIRECT.toString()).setScopes(SCOPE.toStringList()).setState("abc").build();
        String code = Table.signIn(URI.create(address)).getQuery().replaceAll("^(?:.*&)?code=([^&]*).*$", "$1");
        return new AuthorizationCodeTokenRequest(transport, json, url, code).setRedirectUri(REDIRECT.toString()).setClientAuthentication(by(isBasic, "web")).execute();
      });
      table.call("refresh by " + way, () -> new RefreshTokenRequest(transport, json, url, got.getRefreshToken()).setClientAuthentication(by(isBasic, "web")).execute());
    }
    Table.check(BearerToken.authorizationHeaderAccessMethod() != null, "bearer");
  }

  private static HttpExecuteInterceptor by(boolean isBasic, String client) {
    String name = Table.text(client, "client_id");
    String word = Table.text(client, "client_secret");
    return isBasic ? new BasicAuthentication(name, word) : new ClientParametersAuthentication(name, word);
  }
}

import com.nimbusds.jose.jwk.RSAKey;
import java.net.URI;
import java.time.Instant;
import java.util.Set;
import org.springframework.security.oauth2.client.endpoint.NimbusJwtClientAuthenticationParametersConverter;
import org.springframework.security.oauth2.client.endpoint.OAuth2AuthorizationCodeGrantRequest;
import org.springframework.security.oauth2.client.endpoint.OAuth2ClientCredentialsGrantRequest;
import org.springframework.security.oauth2.client.endpoint.OAuth2RefreshTokenGrantRequest;
import org.springframework.security.oauth2.client.endpoint.RestClientAuthorizationCodeTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.RestClientClientCredentialsTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.RestClientRefreshTokenTokenResponseClient;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.client.userinfo.DefaultOAuth2UserService;
import org.springframework.security.oauth2.client.userinfo.OAuth2UserRequest;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationExchange;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationResponse;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.JwtDecoders;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.JwtTypeValidator;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.server.resource.introspection.SpringOpaqueTokenIntrospector;

/** The token clients and the resource server of Spring Security, each as its documentation says. */
final class Spring {
  private static final String ISSUER = Table.text("issuer");
  private static final String REDIRECT = Table.text("redirectUri");

  public static void main(String[] arguments) throws Exception {
    Table table = new Table("org.springframework.security:spring-security-oauth2-client", ClientRegistration.class);
    ClientRegistration.Builder found = table.call("discovery (ClientRegistrations.fromIssuerLocation)", () -> ClientRegistrations.fromIssuerLocation(ISSUER));
    if (found == null) return;
    table.call("discovery (fromOidcIssuerLocation)", () -> ClientRegistrations.fromOidcIssuerLocation(ISSUER));
    RSAKey key = RSAKey.parse(Table.GROUND.path("signing").path("jwk").toString());
    String token = null;
    for (ClientAuthenticationMethod way : new ClientAuthenticationMethod[] {ClientAuthenticationMethod.CLIENT_SECRET_BASIC, ClientAuthenticationMethod.CLIENT_SECRET_POST}) {
      OAuth2AccessTokenResponse got = table.call("client_credentials by " + way.getValue(), () -> machine(registration("backend", way), null));
      if (got != null) token = got.getAccessToken().getTokenValue();
    }
    table.call("client_credentials by private_key_jwt", () -> machine(registration("signing", ClientAuthenticationMethod.PRIVATE_KEY_JWT), key));
    for (String client : new String[] {"web", "mobile"}) {
      boolean isWeb = client.equals("web");
      String with = isWeb ? "with a secret" : "without a secret";
      ClientRegistration own = registration(client, isWeb ? ClientAuthenticationMethod.CLIENT_SECRET_BASIC : ClientAuthenticationMethod.NONE);
      OAuth2AccessTokenResponse got = table.call("code " + with, () -> code(own));
      table.call("userinfo " + with, () -> new DefaultOAuth2UserService().loadUser(new OAuth2UserRequest(own, got.getAccessToken())).getName());
      table.call("refresh " + with, () -> new RestClientRefreshTokenTokenResponseClient().getTokenResponse(new OAuth2RefreshTokenGrantRequest(own, got.getAccessToken(), got.getRefreshToken(), Set.of())));
    }
    resourceServer(token);
  }

  private static ClientRegistration registration(String client, ClientAuthenticationMethod way) {
    boolean isMachine = client.equals("backend") || client.equals("signing");
    return ClientRegistrations.fromIssuerLocation(ISSUER)
        .registrationId("dhp")
        .clientId(Table.text(client, "client_id"))
        .clientSecret(Table.text(client, "client_secret"))
        .clientAuthenticationMethod(way)
        .authorizationGrantType(isMachine ? AuthorizationGrantType.CLIENT_CREDENTIALS : AuthorizationGrantType.AUTHORIZATION_CODE)
        .redirectUri(REDIRECT)
        .scope(isMachine ? new String[] {"system/*.rs"} : new String[] {"openid", "profile", "offline_access", "user/*.rs"})
        .userNameAttributeName("sub")
        .build();
  }

  private static OAuth2AccessTokenResponse machine(ClientRegistration own, RSAKey key) {
    RestClientClientCredentialsTokenResponseClient client = new RestClientClientCredentialsTokenResponseClient();
    if (key != null) {
      NimbusJwtClientAuthenticationParametersConverter<OAuth2ClientCredentialsGrantRequest> converter = new NimbusJwtClientAuthenticationParametersConverter<>(registration -> key);
      converter.setJwtClientAssertionCustomizer(context -> context.getHeaders().algorithm(SignatureAlgorithm.RS384));
      client.addParametersConverter(converter);
    }
    return client.getTokenResponse(new OAuth2ClientCredentialsGrantRequest(own));
  }

  private static OAuth2AccessTokenResponse code(ClientRegistration own) throws Exception {
    String verifier = "v".repeat(50);
    byte[] digest = java.security.MessageDigest.getInstance("SHA-256").digest(verifier.getBytes());
    String challenge = java.util.Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
    OAuth2AuthorizationRequest request = OAuth2AuthorizationRequest.authorizationCode()
        .authorizationUri(own.getProviderDetails().getAuthorizationUri()).clientId(own.getClientId()).redirectUri(REDIRECT).scopes(own.getScopes()).state("abc")
        .attributes(all -> all.put("code_verifier", verifier))
        .additionalParameters(all -> { all.put("code_challenge", challenge); all.put("code_challenge_method", "S256"); })
        .build();
    String query = Table.signIn(URI.create(request.getAuthorizationRequestUri())).getQuery();
    OAuth2AuthorizationResponse response = OAuth2AuthorizationResponse.success(query.replaceAll("^(?:.*&)?code=([^&]*).*$", "$1")).redirectUri(REDIRECT).state("abc").build();
    return new RestClientAuthorizationCodeTokenResponseClient().getTokenResponse(new OAuth2AuthorizationCodeGrantRequest(own, new OAuth2AuthorizationExchange(request, response)));
  }

  private static void resourceServer(String token) {
    Table table = new Table("org.springframework.security:spring-security-oauth2-resource-server", SpringOpaqueTokenIntrospector.class);
    table.call("checks a token, as docs/tokens.md says", () -> {
      NimbusJwtDecoder decoder = NimbusJwtDecoder.withJwkSetUri(ISSUER + "/oauth/jwks").jwsAlgorithm(org.springframework.security.oauth2.jose.jws.SignatureAlgorithm.ES256).validateType(false).build();
      decoder.setJwtValidator(new DelegatingOAuth2TokenValidator<>(new JwtTypeValidator("at+jwt"), new JwtTimestampValidator(), new JwtIssuerValidator(ISSUER)));
      Table.check(decoder.decode(token).getExpiresAt().isAfter(Instant.now()), "exp");
      return null;
    });
    table.call("checks a token by discovery alone (issuer-uri)", () -> JwtDecoders.fromIssuerLocation(ISSUER).decode(token).getSubject());
    table.call("introspection", () -> SpringOpaqueTokenIntrospector.withIntrospectionUri(ISSUER + "/oauth/introspect").clientId(Table.text("backend", "client_id")).clientSecret(Table.text("backend", "client_secret")).build().introspect(token).getName());
  }
}

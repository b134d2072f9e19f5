import java.net.URI;
import org.pac4j.oidc.client.OidcClient;
import org.pac4j.oidc.config.OidcConfiguration;

/** pac4j finds the endpoints by discovery. */
final class Pac {
  public static void main(String[] arguments) {
    Table table = new Table("org.pac4j:pac4j-oidc", OidcClient.class);
    for (boolean isPost : new boolean[] {false, true})
      table.call("discovery and settings, the secret by " + (isPost ? "post" : "basic"), () -> {
        OidcConfiguration configuration = new OidcConfiguration();
        configuration.setClientId(Table.text("web", "client_id"));
        configuration.setSecret(Table.text("web", "client_secret"));
        configuration.setDiscoveryURI(Table.text("issuer") + "/.well-known/openid-configuration");
        configuration.setClientAuthenticationMethodAsString(isPost ? "client_secret_post" : "client_secret_basic");
        configuration.setScope("openid profile offline_access");
        OidcClient client = new OidcClient(configuration);
        client.setCallbackUrl(Table.text("redirectUri"));
        client.init();
        URI token = configuration.getOpMetadataResolver().load().getTokenEndpointURI();
        return token.toString();
      });
  }
}

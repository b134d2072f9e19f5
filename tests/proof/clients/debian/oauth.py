"""Clients of OAuth 2.0 of Debian's Python, each as its documentation says; a line of JSON for each call."""

import base64
import hashlib
import json
import os
import sys
import time
import urllib.request
from importlib.metadata import version

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

GROUND = json.loads(os.environ["DHP_GROUND"])
ISSUER, FHIR, REDIRECT = GROUND["issuer"], GROUND["fhir"], GROUND["redirectUri"]
WEB, MOBILE, BACKEND, SIGNING = (GROUND[name] for name in ("web", "mobile", "backend", "signing"))
SCOPE = "openid profile fhirUser offline_access user/*.cruds"
TOKEN, AUTHORIZE = f"{ISSUER}/oauth/token", f"{ISSUER}/oauth/authorize"
PATIENT = {"resourceType": "Patient", "name": [{"family": "Каримова"}], "birthDate": "1990-05-14"}


def sign_in(address):
    request = urllib.request.Request(f"{GROUND['door']}/sign-in", address.encode(), method="POST")
    with urllib.request.urlopen(request) as response:
        return response.read().decode()


def table(name):
    def call(title, run):
        line = {"client": name, "version": version(name), "call": title}
        try:
            result = run()
            line.update(ok=True, said=result[:200] if isinstance(result, str) else "")
        except Exception as error:  # whatever the client says
            result = None
            answer = getattr(error, "response", None)
            line.update(ok=False, said=f"{type(error).__name__}: {error} | {getattr(answer, 'text', '')}"[:1500])
        print(json.dumps(line), flush=True)
        return result

    return call


def ok(response):
    response.raise_for_status()
    return response


def requests_oauthlib():
    from oauthlib.oauth2 import BackendApplicationClient
    from requests.auth import HTTPBasicAuth
    from requests_oauthlib import OAuth2Session

    call = table("requests-oauthlib")
    client = BackendApplicationClient(client_id=BACKEND["client_id"])
    session = OAuth2Session(client=client)
    secret = {"client_id": BACKEND["client_id"], "client_secret": BACKEND["client_secret"]}
    call("client_credentials", lambda: session.fetch_token(token_url=TOKEN, **secret))
    call("client_credentials, the id in the body too", lambda: OAuth2Session(client=BackendApplicationClient(client_id=BACKEND["client_id"])).fetch_token(token_url=TOKEN, include_client_id=True, **secret))
    call("client_credentials by auth=", lambda: session.fetch_token(token_url=TOKEN, auth=HTTPBasicAuth(BACKEND["client_id"], BACKEND["client_secret"])))
    call("a request with the token", lambda: ok(session.get(f"{FHIR}/Patient", params={"_count": 1})).text[:20])
    call("create by json=", lambda: ok(session.post(f"{FHIR}/Patient", json=PATIENT)).text[:20])
    call("search by POST", lambda: ok(session.post(f"{FHIR}/Patient/_search", data={"name": "Karimova", "_count": 1})).text[:20])

    def code(own, pkce=False, **more):
        oauth = OAuth2Session(own["client_id"], redirect_uri=REDIRECT, scope=SCOPE.split(" "))
        verifier = "v" * 50
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        challenge = {"code_challenge": digest, "code_challenge_method": "S256"} if pkce else {}
        address, _ = oauth.authorization_url(AUTHORIZE, **challenge)
        sent = {"code_verifier": verifier} if pkce else {}
        oauth.fetch_token(TOKEN, authorization_response=sign_in(address), **sent, **more)
        return oauth

    web = call("code with a secret", lambda: code(WEB, client_secret=WEB["client_secret"]))
    call("code with a secret and PKCE", lambda: code(WEB, pkce=True, client_secret=WEB["client_secret"]))
    call("code with a secret, the id in the body too", lambda: code(WEB, client_secret=WEB["client_secret"], include_client_id=True))
    call("code without a secret", lambda: code(MOBILE, pkce=True))
    mobile = call("code without a secret, include_client_id", lambda: code(MOBILE, pkce=True, include_client_id=True))
    call("refresh", lambda: web.refresh_token(TOKEN, auth=HTTPBasicAuth(WEB["client_id"], WEB["client_secret"])))
    call("refresh with id and secret in the body", lambda: web.refresh_token(TOKEN, client_id=WEB["client_id"], client_secret=WEB["client_secret"]))
    call("refresh without a secret", lambda: mobile.refresh_token(TOKEN, client_id=MOBILE["client_id"]))
    call("userinfo", lambda: ok(web.get(f"{ISSUER}/oauth/userinfo")).text)


def authlib():
    from authlib.integrations.requests_client import OAuth2Session
    from authlib.oauth2.rfc7523 import PrivateKeyJWT

    call = table("Authlib")
    for way in ("client_secret_basic", "client_secret_post"):
        session = OAuth2Session(BACKEND["client_id"], BACKEND["client_secret"], scope="system/*.rs", token_endpoint_auth_method=way)
        call(f"client_credentials by {way}", lambda: session.fetch_token(TOKEN))
        call(f"introspection by {way}", lambda: ok(session.introspect_token(f"{ISSUER}/oauth/introspect", token=session.token["access_token"])).text[:40])
        call(f"revocation by {way}", lambda: ok(session.revoke_token(f"{ISSUER}/oauth/revoke", token=session.token["access_token"])))

    def signed(**more):
        session = OAuth2Session(SIGNING["client_id"], SIGNING["pem"], token_endpoint_auth_method="private_key_jwt")
        session.register_client_auth_method(PrivateKeyJWT(TOKEN, **more))
        return session.fetch_token(TOKEN, grant_type="client_credentials")

    call("client_credentials by private_key_jwt, with its own hour", lambda: signed(alg="RS384"))
    call("client_credentials by private_key_jwt", lambda: signed(alg="RS384", claims={"exp": int(time.time()) + 240}))

    def code(own, **more):
        session = OAuth2Session(own["client_id"], own.get("client_secret"), scope=SCOPE, redirect_uri=REDIRECT, **more)
        pkce = {"code_verifier": "a" * 48} if "code_challenge_method" in more else {}
        address, _ = session.create_authorization_url(AUTHORIZE, **pkce)
        session.fetch_token(TOKEN, authorization_response=sign_in(address), **pkce)
        return session

    web = call("code with PKCE and a secret", lambda: code(WEB, code_challenge_method="S256"))
    call("code with a secret", lambda: code(WEB))
    call("code without a secret", lambda: code(MOBILE, code_challenge_method="S256"))
    mobile = call("code without a secret, token_endpoint_auth_method none", lambda: code(MOBILE, code_challenge_method="S256", token_endpoint_auth_method="none"))
    call("refresh", lambda: web.refresh_token(TOKEN))
    call("refresh without a secret", lambda: mobile.refresh_token(TOKEN, refresh_token=mobile.token["refresh_token"]))
    call("userinfo", lambda: ok(web.get(f"{ISSUER}/oauth/userinfo")).text)

    def checked():
        from authlib.jose import JsonWebKey, JsonWebToken
        import requests

        keys = JsonWebKey.import_key_set(requests.get(f"{ISSUER}/oauth/jwks").json())
        claims = JsonWebToken(["ES256"]).decode(web.token["access_token"], keys, claims_options={"iss": {"value": ISSUER}, "aud": {"value": FHIR}})
        claims.validate(time.time())

    call("checks an access token", checked)


for run in (requests_oauthlib, authlib):
    try:
        run()
    except ImportError as error:
        absent = f"{error}; Debian has python3-{run.__name__.replace('_', '-')}"
        print(json.dumps({"client": run.__name__, "absent": absent}), flush=True)
    except Exception as error:
        print(f"{run.__name__}: {error}", file=sys.stderr)
        sys.exit(1)

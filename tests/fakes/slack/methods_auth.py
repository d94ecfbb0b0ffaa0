"""auth.test, auth.revoke, apps.uninstall, and the exchange of codes and refresh tokens.

https://docs.slack.dev/authentication/installing-with-oauth
"""

from core.clock import MINUTE
from tests.fakes.slack.calls import Ask, Method, Methods
from tests.fakes.slack.model import Json
from tests.fakes.slack.refusals import Refused
from tests.fakes.slack.tokens import ROTATION_SECONDS, Token
from tests.fakes.slack.workspace import Team
from tests.fakes.slack.world import World

CODE_LIFETIME = 10 * MINUTE


def test(ask: Ask) -> Json:
    team = ask.team
    shown: Json = {
        "url": f"https://{team.domain}.slack.com/", "team": team.name, "user": team.bot.name, "team_id": team.id,
        "user_id": team.bot.id, "bot_id": team.bot_id, "is_enterprise_install": False,
    }  # fmt: skip
    return shown | ({"enterprise_id": team.enterprise_id} if team.enterprise_id else {})


def revoke(ask: Ask) -> Json:
    if ask.flag("test"):
        return {"revoked": False}
    ask.token.refusal = "token_revoked"
    _tokens_revoked(ask.world, ask.team)
    return {"revoked": True}


def uninstall(ask: Ask) -> Json:
    _client(ask.world, ask.args)
    uninstalled(ask.world, ask.team)
    return {}


def uninstalled(world: World, team: Team) -> None:
    """The app is removed: its tokens are void, and it learns so by its last two events."""
    world.tokens.void(team.id, "account_inactive")
    team.installed = False
    _tokens_revoked(world, team)
    world.announce(team, "app_uninstalled", {"type": "app_uninstalled"})


def _tokens_revoked(world: World, team: Team) -> None:
    world.announce(team, "tokens_revoked", {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [team.bot.id]}})


def access(world: World, args: Json) -> Json:
    """oauth.v2.access. Raises Refused: invalid_client_id, bad_client_secret, invalid_code, and more."""
    _client(world, args)
    if args.get("grant_type") == "refresh_token":
        return _granted(world, world.tokens.refreshed(str(args.get("refresh_token"))), installer=None)
    if args.get("grant_type") not in (None, "", "authorization_code"):
        raise Refused("invalid_grant_type")
    code = world.codes.pop(str(args.get("code")), None)
    if code is None or world.clock.now() - code.issued_at > CODE_LIFETIME:
        raise Refused("invalid_code")
    if (args.get("redirect_uri") or None) != code.redirect_uri:
        raise Refused("bad_redirect_uri")
    team = world.teams[code.team_id]
    team.installed, team.scopes = True, code.scopes
    token = world.tokens.issue(team.id, code.scopes, rotating=world.app.rotating)
    return _granted(world, token, installer=code.user)


def _client(world: World, args: Json) -> None:
    if args.get("client_id") != world.app.client_id:
        raise Refused("invalid_client_id")
    if args.get("client_secret") != world.app.client_secret:
        raise Refused("bad_client_secret")


def _granted(world: World, token: Token, installer: str | None) -> Json:
    team = world.teams[token.team_id]
    team.bot_token = token.value
    answer: Json = {
        "ok": True, "app_id": world.app.app_id, "access_token": token.value, "token_type": "bot",
        "scope": ",".join(token.scopes), "bot_user_id": team.bot.id, "team": {"id": team.id, "name": team.name},
        "enterprise": team.enterprise, "is_enterprise_install": False,
    }  # fmt: skip
    if installer:
        answer["authed_user"] = {"id": installer}
    if token.refresh:
        answer |= {"refresh_token": token.refresh, "expires_in": ROTATION_SECONDS}
    return answer


AUTH: Methods = {
    "auth.test": Method(test),
    "auth.revoke": Method(revoke),
    "apps.uninstall": Method(uninstall),
}

"""CLOUDINARY_URL: read strictly, never shown, and the fence around where pictures are fetched from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cloudinary_url import CloudinaryAccount, parse_cloudinary_url
from core.errors import ConfigError
from core.settings import Settings, load_settings

GOOD = "cloudinary://123456789012345:s3cret-Of_it@my-cloud"


def account(**changes: str) -> CloudinaryAccount:
    return parse_cloudinary_url(**({"url": GOOD} | changes))


def test_key_secret_and_cloud_are_told_apart() -> None:
    found = account()
    assert (found.key, found.secret, found.cloud) == ("123456789012345", "s3cret-Of_it", "my-cloud")
    assert found.endpoint("upload") == "https://api.cloudinary.com/v1_1/my-cloud/image/upload"
    assert account(prefix="http://127.0.0.1:5/").endpoint("x") == "http://127.0.0.1:5/v1_1/my-cloud/image/x"


@pytest.mark.parametrize(
    "url",
    [
        "x", "cloudinary://", "cloudinary://key:secret", "cloudinary://key@cloud", "cloudinary://:secret@cloud",
        "cloudinary://key:@cloud", "cloudinary://key:secret@", "https://key:secret@cloud", f" {GOOD}", f"{GOOD}\n",
        "cloudinary://<your_api_key>:<your_api_secret>@cloud", "cloudinary://key:se cret@cloud", f"{GOOD}/folder",
        "cloudinary://key:secret@cloud@evil", "CLOUDINARY_URL=cloudinary://key:secret@cloud", f"{GOOD}#x",
        f"{GOOD}?cname", f"{GOOD}?cname=", f"{GOOD}?cname=http://x.org", f"{GOOD}?cname=localhost", f"{GOOD}?x=1",
        f"{GOOD}?cname=a.org/b", f"{GOOD}?cname=a.org:80", f"{GOOD}?cname=.org",
    ],
)  # fmt: skip
def test_a_bad_address_is_one_line_that_names_the_variable_and_keeps_the_secret(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("CLOUDINARY_URL", url)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    [problem] = caught.value.problems
    assert problem.startswith("CLOUDINARY_URL: must be cloudinary://key:secret@cloud")
    assert problem.splitlines() == [problem]
    assert not any(secret in problem for secret in ("s3cret", "se cret", "your_api_secret", "evil"))


@pytest.mark.parametrize("prefix", ["", "api.cloudinary.com", "ftp://api.cloudinary.com", "https://", "http://x/?a=1"])
def test_a_bad_address_of_the_api_is_one_line(monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    monkeypatch.setenv("CLOUDINARY_UPLOAD_PREFIX", prefix)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    [problem] = caught.value.problems
    assert problem.startswith("CLOUDINARY_UPLOAD_PREFIX: must be http:// or https:// and a host")


def test_settings_give_an_account_only_when_there_is_one() -> None:
    assert load_settings().cloudinary is None
    settings = Settings(cloudinary_url=GOOD, cloudinary_upload_prefix="https://api-eu.cloudinary.com/")
    assert settings.cloudinary == account(prefix="https://api-eu.cloudinary.com")
    assert "s3cret" not in f"{settings!r} {settings.cloudinary!r} {settings}"


SERVED = [
    "https://res.cloudinary.com/my-cloud/image/upload/v1/x.png",
    "https://res.cloudinary.com:443/x.png",
    "https://RES.cloudinary.com/x.png",
    "https://my-cloud-res.cloudinary.com/image/upload/x.png",
    "https://api.cloudinary.com/x.png",
]
FOREIGN = [
    "", "x", "/media/x.png", "http://res.cloudinary.com/x.png", "https://res.cloudinary.com.evil.org/x.png",
    "https://evil.org/res.cloudinary.com", "https://user@res.cloudinary.com/x", "https://res.cloudinary.com@evil.org/x",
    "https://res.cloudinary.com:8443/x.png", "https://res.cloudinary.com:x/", "https://[::1", "file:///etc/passwd",
    "https://pictures.example.org/x.png", "https://other-res.cloudinary.com/x.png", "http://127.0.0.1/x.png",
]  # fmt: skip


@pytest.mark.parametrize("url", SERVED)
def test_pictures_of_the_account_are_at_cloudinary(url: str) -> None:
    assert account().serves(url)


@pytest.mark.parametrize("url", FOREIGN)
def test_nothing_else_is_a_picture_of_the_account(url: str) -> None:
    assert not account().serves(url)


@pytest.mark.parametrize("name", ["cname", "secure_distribution"])
def test_an_accounts_own_host_serves_too(name: str) -> None:
    own = account(url=f"{GOOD}?{name}=pictures.example.org")
    assert own.serves("https://pictures.example.org/x.png")
    assert own.serves(SERVED[0])
    assert not own.serves("http://pictures.example.org/x.png")


def test_another_address_of_the_api_serves_exactly_there() -> None:
    own = account(prefix="http://127.0.0.1:5000")
    assert own.serves("http://127.0.0.1:5000/my-cloud/image/upload/x.png")
    assert not own.serves("http://127.0.0.1:5001/x.png")
    assert not own.serves("https://127.0.0.1:5000/x.png")


@given(st.text(max_size=40))
def test_no_text_is_too_strange_to_be_judged(text: str) -> None:
    assert account().serves(text) is False
    assert account().serves(f"https://{text}") in (False, True)

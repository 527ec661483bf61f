"""What is refused, what is sealed, and who is let in: against the whole app, without a browser."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from app.__main__ import main
from app.answer import Turn
from app.ask import AskOptions
from app.conversation import Asked
from app.notebook.file import NotebookFile
from app.passwords import Account, hash_password, read_accounts
from app.web.guard import MOST_ADDRESS, MOST_BODY, Reach, content_policy
from app.web.login import _ours
from app.web.pace import Attempts, Pace, QuestionPace, wait_words
from app.web.people import LOGIN_PATHS, SESSION_COOKIE
from app.web.server import build_app
from app.web.sessions import KEPT_S, Sessions
from app.web.shell import Shell
from app.web.site import Site
from ingest.errors import SettingsError
from tests.browser.invented_archive import FakeArchive, scripted_answer, scripted_stream


def quick(name: str, password: str) -> str:
    """An entry that is checked in no time."""
    return f"{name}:{hash_password(password, name.encode() * 9, cost=16)}"


TWO = ",".join([quick("ada", "correct horse"), quick("bob", "battery staple"), quick("carl", "known to many")])
NAVIGATES = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    notebook = NotebookFile(tmp_path_factory.mktemp("guarded") / "notebook.sqlite")
    return Site(scripted_stream, FakeArchive(), notebook, title="Ours & <b>theirs</b>")


def client(app: FastAPI, address: str = "http://localhost:7860") -> TestClient:
    return TestClient(app, base_url=address, follow_redirects=False, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def unguarded(site: Site) -> FastAPI:
    return build_app(site)


@pytest.fixture
def anybody(unguarded: FastAPI) -> TestClient:
    return client(unguarded)


@pytest.fixture(scope="module")
def guarded(site: Site) -> FastAPI:
    return build_app(site, accounts=read_accounts(TWO))


def log_in(app: FastAPI, name: str, password: str, address: str = "http://localhost:7860") -> TestClient:
    browser = client(app, address)
    reply = browser.post("/login", data={"name": name, "password": password, "next": "/"})
    assert (reply.status_code, reply.headers["location"]) == (303, "/")
    return browser


def paths_of(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path that anything in `app` answers to, what varies filled in."""

    def walk(routes: list[object]) -> Iterator[tuple[str, str]]:
        for route in routes:
            if isinstance(route, Mount):
                inner = route.app._app if isinstance(route.app, Shell) else route.app
                yield from walk(list(getattr(inner, "routes", [])))
            elif included := getattr(route, "original_router", None):
                yield from walk(list(included.routes))
            elif isinstance(route, Route):
                for method in sorted(route.methods or ()):
                    yield method, re.sub(r"\{[^}]*\}", "x", route.path)

    return walk(list(app.routes))


# --- what every answer says -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/config", "/theme.css", "/page/source", "/page/nothing", "/gradio_api/upload"])
def test_every_answer_is_sealed(anybody: TestClient, path: str) -> None:
    headers = anybody.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]


def test_the_policy_lets_nothing_be_evaluated_loaded_from_elsewhere_or_framed() -> None:
    policy = dict(part.strip().split(" ", 1) for part in content_policy("abc").split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert policy["script-src"] == "'self' 'nonce-abc'"
    assert policy["script-src-attr"] == "'none'"
    assert not re.search(r"unsafe-eval|https?:|\*", " ".join(policy.values()))
    assert [name for name, value in policy.items() if "unsafe-inline" in value] == ["style-src"]


def test_only_the_page_itself_has_a_nonce_and_another_one_each_time(anybody: TestClient) -> None:
    pages = [anybody.get("/") for _ in range(2)]
    nonces = [re.search(r"'nonce-([\w-]{20,})'", p.headers["content-security-policy"]) for p in pages]
    assert nonces[0] and nonces[1] and nonces[0][1] != nonces[1][1]
    inline = re.findall(r"<script(?![^>]* src=)[^>]*>", pages[0].text)
    assert inline and all(f'nonce="{nonces[0][1]}"' in tag for tag in inline)
    assert "<base" not in pages[0].text
    assert "nonce-" not in anybody.get("/config").headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/page/source?conversation=a&key=b", "/config"])
def test_what_is_private_is_not_stored_by_the_browser(anybody: TestClient, path: str) -> None:
    assert anybody.get(path).headers["cache-control"] == "no-store"


def test_what_never_changes_may_be_kept(anybody: TestClient) -> None:
    for path in re.findall(r"/page/[\w-]+\.js", anybody.get("/").text):
        assert "immutable" in anybody.get(path).headers["cache-control"]


# --- requests from elsewhere ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:7860", "127.0.0.1:7860", "[::1]:7860", "LOCALHOST", "127.9.9.9"]
)
def test_on_this_machine_its_own_names_are_known(host: str) -> None:
    assert Reach().knows(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:7860",
        "localhost.evil.example",
        "192.168.1.7",
        "evil.example@localhost:1",
        "[::1",
        "127.0.0.1.evil.example",
        "localhost/x",
        "2130706433",
    ],
)
def test_on_this_machine_no_other_name_is_known(host: str) -> None:
    assert not Reach().knows(host)


def test_on_a_network_addresses_in_digits_and_the_names_given_are_known() -> None:
    reach = Reach("0.0.0.0", ("archive.example.org",))
    assert all(
        reach.knows(h) for h in ("192.168.1.7:7860", "archive.example.org", "ARCHIVE.example.org:443", "localhost")
    )
    assert not any(reach.knows(h) for h in ("evil.example", "www.archive.example.org", ""))


def test_a_name_that_is_not_ours_is_answered_in_words(anybody: TestClient) -> None:
    reply = anybody.get("/", headers={"Host": "evil.example"})
    assert reply.status_code == 421
    assert "--names" in reply.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},  # another program of this machine
        {"Origin": "http://localhost:7860.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", **NAVIGATES},  # a form elsewhere
    ],
)
@pytest.mark.parametrize("path", ["/page/logout", "/api/v1/ask", "/gradio_api/queue/join", "/gradio_api/run/predict"])
def test_what_another_site_sends_changes_nothing(anybody: TestClient, path: str, headers: dict[str, str]) -> None:
    reply = anybody.post(path, json={}, headers={**headers, "X-Dateline": "1"})
    assert reply.status_code == 403
    assert "Another site" in reply.json()["detail"]


def test_another_site_reads_nothing_and_frames_nothing_but_may_link_here(anybody: TestClient) -> None:
    assert (
        anybody.get("/page/source", headers={"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}).status_code
        == 403
    )
    framed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
    assert anybody.get("/", headers=framed).status_code == 403
    assert anybody.get("/", headers={"Sec-Fetch-Site": "cross-site", **NAVIGATES}).status_code == 200


def test_no_other_origin_is_ever_allowed(anybody: TestClient) -> None:
    for origin in ("http://localhost:7860", "http://localhost:9999", "https://evil.example"):
        asks = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        for reply in (anybody.get("/config", headers={"Origin": origin}), anybody.options("/config", headers=asks)):
            assert not [name for name in reply.headers if name.startswith("access-control-")]


def test_a_form_of_ours_is_taken_though_it_says_no_origin(anybody: TestClient) -> None:
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin", "X-Dateline": "1"}
    assert anybody.post("/page/anything", headers=headers).status_code == 404


def test_a_change_from_the_page_carries_a_header_that_a_form_cannot_set(anybody: TestClient) -> None:
    reply = anybody.post("/page/anything")
    assert (reply.status_code, "X-Dateline" in reply.json()["detail"]) == (403, True)
    assert anybody.post("/page/anything", headers={"X-Dateline": "1"}).status_code == 404


def test_a_link_from_elsewhere_does_not_make_somebody_new_of_who_was_known(anybody: TestClient) -> None:
    cookie = anybody.get("/").headers["set-cookie"]
    assert "SameSite=Lax" in cookie and "HttpOnly" in cookie


# --- size -----------------------------------------------------------------------------------------------------------


def test_a_large_body_is_refused_told_or_not_how_large_it_is(anybody: TestClient) -> None:
    large = b"[" + b"1," * MOST_BODY
    for path in ("/gradio_api/queue/join", "/gradio_api/run/predict"):
        assert anybody.post(path, content=large).status_code == 413
        assert (
            anybody.post(path, content=(large[i : i + 65536] for i in range(0, len(large), 65536))).status_code == 413
        )


def test_a_long_address_and_long_headers_are_refused(anybody: TestClient) -> None:
    assert anybody.get("/", params={"x": "y" * MOST_ADDRESS}).status_code == 414
    assert anybody.get("/", headers={"X-Long": "y" * 40_000}).status_code == 431


# --- the framework's doors ------------------------------------------------------------------------------------------

USED = {
    *(
        "/",
        "/config",
        "/config/",
        "/theme.css",
        "/favicon.ico",
        "/manifest.json",
        "/assets/x",
        "/static/x",
        "/svelte/x",
    ),
    *("/gradio_api/queue/data", "/gradio_api/heartbeat/x", "/gradio_api/startup-events", "/gradio_api/theme.css"),
    "/gradio_api/app_id",
    *("/gradio_api/queue/join", "/gradio_api/run/x", "/gradio_api/cancel", "/gradio_api/reset", "/gradio_api/reset/"),
}


OURS = ("/page/", "/api", "/shared/")


def test_of_the_frameworks_routes_those_alone_are_open_that_the_page_uses(unguarded: FastAPI) -> None:
    app = unguarded
    tried = [(method, path) for method, path in paths_of(app) if path not in USED and not path.startswith(OURS)]
    assert {"/gradio_api/upload", "/gradio_api/file=x", "/gradio_api/proxy=x"} <= {path for _, path in tried}
    assert {"/gradio_api/component_server", "/gradio_api/info", "/monitoring", "/login"} <= {path for _, path in tried}
    browser = client(app)
    assert {browser.request(method, path, headers={"X-Dateline": "1"}).status_code for method, path in tried} == {404}


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/run/ask_again",
        "/gradio_api/call/respond",
        "/gradio_api/api/predict",
        "/assets/../../config.json",
        "/gradio_api/file=/etc/passwd",
        "/static/%2e%2e/%2e%2e/routes.py",
        "/gradio_api/stream/a/b/c/playlist.m3u8",
    ],
)
def test_a_door_by_another_name_is_closed_too(anybody: TestClient, path: str) -> None:
    assert anybody.get(path).status_code == 404
    assert anybody.post(path, json={}).status_code in (404, 405)


# --- who may log in -------------------------------------------------------------------------------------------------


def test_a_password_is_kept_as_a_hash_and_the_hash_may_be_given() -> None:
    accounts = read_accounts(f"ada:{hash_password('correct horse')}\nbob:a,b:c\n# nobody\n")
    assert accounts.check("ada", "correct horse") and accounts.check("bob", "a,b:c")
    assert not accounts.check("ada", "Correct horse") and not accounts.check("eve", "") and not accounts.check("", "")
    assert "a,b:c" not in repr(list(accounts)) and "a,b:c" not in repr(vars(accounts))


def test_a_hash_differs_each_time_and_says_nothing_of_the_password() -> None:
    assert hash_password("secret") != hash_password("secret")
    assert "secret" not in hash_password("secret")


def test_accents_are_the_same_however_they_were_typed() -> None:
    assert read_accounts("ada:caf\u00e9").check("ada", "cafe\u0301")


def test_logins_are_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "logins").write_text("# the desk\nada:correct horse\n\nbob:battery, staple\n")
    accounts = read_accounts(f"@{tmp_path / 'logins'}")
    assert [a.name for a in accounts] == ["ada", "bob"]
    assert accounts.check("bob", "battery, staple")


@pytest.mark.parametrize(
    "setting", ["", "ada", "ada:", ":secret", "ada:x,ada:y", "ada:scrypt.1.2", "@/nowhere", "a\x07b:x"]
)
def test_logins_that_make_no_sense_are_refused_without_repeating_a_password(setting: str) -> None:
    with pytest.raises(SettingsError) as told:
        read_accounts(setting)
    assert "secret" not in str(told.value)


def test_a_person_is_the_same_after_a_new_password_and_is_nothing_that_a_cookie_could_claim() -> None:
    assert Account("ada", "x").person == Account("ada", "y").person != Account("bob", "x").person
    assert not re.fullmatch(r"[0-9a-f]{32}", Account("ada", "x").person)


# --- the login ------------------------------------------------------------------------------------------------------


def test_without_a_login_nothing_is_served_but_the_login_page(guarded: FastAPI) -> None:
    browser = client(guarded)
    tried = [(m, p) for m, p in paths_of(guarded) if p not in LOGIN_PATHS]
    tried += [("GET", p) for p in ("/mcp", "/api/v1/ask", "/shared/x", "/page/uploads/x", "//login")]
    assert len(tried) > 80
    for method, path in tried:
        reply = browser.request(method, path, headers={"X-Dateline": "1"})
        assert reply.status_code in (303, 401), (method, path, reply.status_code)
        assert SESSION_COOKIE not in reply.headers.get("set-cookie", "")
    assert browser.get("/login").status_code == browser.get("/page/login.css").status_code == 200


def test_a_page_leads_to_the_login_and_from_there_back(guarded: FastAPI) -> None:
    browser = client(guarded)
    asked = browser.get("/shared/abc?x=1&y=<b>")
    assert asked.headers["location"].startswith("/login?next=/shared/abc%3Fx%3D1")
    form = browser.get(asked.headers["location"]).text
    assert (
        "<b>" not in form
        and "<script" not in form
        and "&lt;b&gt;theirs" in form.replace("&#60;", "&lt;").replace("&#62;", "&gt;")
    )
    logged_in = browser.post("/login", data={"name": "ada", "password": "correct horse", "next": "/shared/abc?x=1"})
    assert logged_in.headers["location"] == "/shared/abc?x=1"


def test_the_session_is_a_cookie_that_no_script_and_no_other_site_can_use(guarded: FastAPI) -> None:
    sent = {"name": "ada", "password": "correct horse"}
    cookie = client(guarded).post("/login", data=sent).headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Secure" not in cookie
    assert "Secure" in client(guarded, "https://localhost").post("/login", data=sent).headers["set-cookie"]


def test_a_wrong_password_says_so_and_keeps_the_name(guarded: FastAPI) -> None:
    reply = client(guarded).post("/login", data={"name": '"><script>', "password": "x", "next": "//evil.example"})
    assert reply.status_code == 401
    assert "do not go together" in reply.text
    assert "<script" not in reply.text and "evil.example" not in reply.text


@pytest.mark.parametrize(
    "wished",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "",
        "evil",
        "///evil.example",
        "/login?next=/",
        "\\\\evil.example",
        "/x\r\nSet-Cookie: a=b",
        "/\u2028",
        "http:/evil.example",
    ],
)
def test_the_login_leads_to_no_other_site(wished: str) -> None:
    assert _ours(wished) == "/"


@pytest.mark.parametrize("wished", ["/", "/shared/abc?x=1&y=%2F%2F", "/?__theme=dark#c-1-2"])
def test_the_login_leads_on_to_a_page_of_its_own(wished: str) -> None:
    assert _ours(wished) == wished


def test_a_link_from_elsewhere_finds_who_is_logged_in(guarded: FastAPI) -> None:
    arrived = client(guarded).get("/", headers={"Sec-Fetch-Site": "cross-site", **NAVIGATES})
    assert arrived.status_code == 200 and 'http-equiv="refresh" content="0"' in arrived.text
    assert client(guarded).get("/", headers={"Sec-Fetch-Site": "same-origin", **NAVIGATES}).status_code == 303


def test_who_logs_out_is_out(guarded: FastAPI) -> None:
    ada = log_in(guarded, "ada", "correct horse")
    token = ada.cookies[SESSION_COOKIE]
    assert ada.get("/").status_code == 200
    assert ada.post("/page/logout", headers={"X-Dateline": "1"}).json() == {"next": "/login"}
    ada.cookies.set(SESSION_COOKIE, token)
    assert ada.get("/").status_code == 303


def test_a_restart_keeps_people_logged_in_and_a_new_password_does_not(site: Site, guarded: FastAPI) -> None:
    token = log_in(guarded, "ada", "correct horse").cookies[SESSION_COOKIE]
    for setting, known in ((TWO, True), (quick("ada", "another"), False), (quick("bob", "x"), False)):
        assert (Sessions(site.notebook, read_accounts(setting)).account(token) is not None) == known


def test_a_session_ends_by_itself_and_its_token_is_not_in_the_file(tmp_path: Path) -> None:
    now = [1000.0]
    accounts = read_accounts(quick("ada", "x"))
    sessions = Sessions(NotebookFile(tmp_path / "n.sqlite"), accounts, clock=lambda: now[0])
    token = sessions.open(next(iter(accounts)))
    assert sessions.account(token)
    assert token.encode() not in b"".join(p.read_bytes() for p in tmp_path.iterdir())
    now[0] += KEPT_S
    assert sessions.account(token) is None


def test_a_program_sends_name_and_password_and_a_page_cannot(guarded: FastAPI) -> None:
    def basic(told: str) -> dict[str, str]:
        return {"Authorization": "Basic " + base64.b64encode(told.encode()).decode()}

    browser = client(guarded)
    right, wrong = basic("ada:correct horse"), basic("ada:wrong")
    for _ in range(2):
        assert browser.get("/api/v1/nothing", headers=right).status_code == 404  # let in: there is nothing
    refused = browser.get("/api/v1/nothing", headers=wrong)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Basic realm="Dateline"')
    assert browser.get("/", headers=right).status_code == 303
    assert "www-authenticate" not in browser.get("/page/source", headers=right).headers
    for odd in ("Basic \u00ff!", "Basic", "Basic ////", "Bearer x"):
        assert browser.get("/api/v1/nothing", headers=[(b"Authorization", odd.encode("latin-1"))]).status_code == 401


def test_guessing_is_slowed_down_for_the_name_and_not_for_others(guarded: FastAPI) -> None:
    browser = client(guarded)
    statuses = [browser.post("/login", data={"name": "carl", "password": str(n)}).status_code for n in range(7)]
    assert statuses[:5] == [401] * 5 and 429 in statuses[5:]
    told = browser.post("/login", data={"name": "carl", "password": "known to many"})
    assert told.status_code == 429 and "wait" in told.text
    log_in(guarded, "bob", "battery staple")


def test_attempts_wait_longer_each_time_and_are_forgiven() -> None:
    now = [0.0]
    attempts = Attempts(clock=lambda: now[0])
    for _ in range(5):
        assert attempts.wait("ada", "::1") == 0
        attempts.failed("ada", "::1")
    assert attempts.wait("ada", "::1") == 1 and attempts.wait("bob", "::1") == attempts.wait("ada", "::2") == 0
    for _ in range(20):
        attempts.failed("ada", "::1")
    assert attempts.wait("ada", "::1") == 900 and attempts.wait("bob", "::1") > 0
    attempts.succeeded("ada", "::1")
    now[0] += 3600
    attempts.failed("ada", "::1")
    assert attempts.wait("ada", "::1") == 0


# --- everybody by themselves ----------------------------------------------------------------------------------------

KEY = "c" * 32


def kept_for(site: Site, person: str) -> None:
    answer = scripted_answer("Will the ferry sail?", (), AskOptions())
    site.conversations.add(person, KEY, Asked(Turn(answer.question, answer), AskOptions()))


def sees(browser: TestClient) -> bool:
    return "Storm keeps" in browser.get(f"/page/source?conversation={KEY}&key=c-1-1").text


def test_two_people_do_not_see_each_others_conversations(site: Site, guarded: FastAPI) -> None:
    ada, bob = log_in(guarded, "ada", "correct horse"), log_in(guarded, "bob", "battery staple")
    kept_for(site, read_accounts(TWO).get("ada").person)  # type: ignore[union-attr]
    assert sees(ada) and not sees(bob)
    assert sees(log_in(guarded, "ada", "correct horse"))  # from another browser


def test_two_browsers_without_logins_do_not_see_each_others_conversations(site: Site, unguarded: FastAPI) -> None:
    one, other = client(unguarded), client(unguarded)
    for browser in (one, other):
        browser.get("/page/source")
    kept_for(site, one.cookies["dateline-person"])
    assert sees(one) and not sees(other)


def test_without_logins_nobody_can_claim_to_be_an_account(site: Site, anybody: TestClient) -> None:
    ada = read_accounts(TWO).get("ada")
    assert ada is not None
    kept_for(site, ada.person)
    anybody.cookies.set("dateline-person", ada.person)
    assert not sees(anybody)


def test_nobody_listens_to_the_tab_of_somebody_else(guarded: FastAPI) -> None:
    ada, bob = log_in(guarded, "ada", "correct horse"), log_in(guarded, "bob", "battery staple")
    wish = {"data": [], "fn_index": 999, "session_hash": "tab1"}
    assert ada.post("/gradio_api/queue/join", json=wish).status_code != 403
    assert bob.post("/gradio_api/queue/join", json=wish).status_code == 403
    assert bob.get("/gradio_api/queue/data?session_hash=tab1").status_code == 403
    assert bob.get("/gradio_api/heartbeat/tab1").status_code == 403
    assert (
        bob.post("/gradio_api/cancel", json={"session_hash": "tab1", "fn_index": 1, "event_id": "x"}).status_code == 403
    )


# --- how often ------------------------------------------------------------------------------------------------------


def test_so_many_at_once_then_so_many_a_minute() -> None:
    now = [0.0]
    pace = Pace(30, 20, clock=lambda: now[0])
    assert [pace.take("ada") for _ in range(20)] == [0] * 20
    assert pace.take("ada") == pytest.approx(2)
    assert pace.take("bob") == 0
    now[0] += 2
    assert pace.take("ada") == 0 and pace.take("ada") > 0


def test_twenty_people_of_one_address_ask_at_once_and_every_ten_seconds() -> None:
    pace = QuestionPace()
    assert not any(pace.take(f"person {n % 20}", "192.168.1.7") for n in range(120))


def test_a_program_that_asks_too_often_is_told_how_long_to_wait(anybody: TestClient) -> None:
    anybody.get("/page/source")
    replies = [anybody.post("/api/v1/ask", json={}) for _ in range(21)]
    assert [r.status_code for r in replies] == [422] * 20 + [429]
    assert replies[-1].json()["detail"].startswith("Too many questions at once: wait ")
    assert 1 <= int(replies[-1].headers["retry-after"]) <= 3


def test_the_wait_is_said_in_words() -> None:
    assert wait_words("Too many", 0.2) == "Too many: wait 1 second, then try again."
    assert wait_words("Too many", 600) == "Too many: wait 10 minutes, then try again."


# --- the command line -----------------------------------------------------------------------------------------------


def test_a_network_is_not_served_without_logins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chat", "--host", "0.0.0.0", "--store", str(tmp_path / "none")]) == 2
    assert "--auth" in (told := capsys.readouterr().err) and "--open" in told
    assert not (tmp_path / "none").exists()


def test_passwd_prints_a_line_for_the_file_of_logins(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    assert main(["passwd", "ada"]) == 0
    line = capsys.readouterr().out
    assert read_accounts(line).check("ada", "correct horse")

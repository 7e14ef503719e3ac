"""HTTP as its users and their proxies speak it, at every route there is."""

from tests.web.every_route import EVERYBODY, Asked, check_every_route


async def test_every_route_speaks_http_alike(service, issuer):
    """HEAD, OPTIONS, a parameter or a header twice, a malformed one, a key that nothing comes of, another spelling."""
    token = issuer.mint("everybody", party="HUT", roles=list(EVERYBODY))

    await check_every_route(await Asked.of(service, token))

"""HTTP as its users and their proxies speak it, at every route there is."""

from tests.web.every_route import EVERYBODY, Asked, check_every_route


async def test_every_route_speaks_http_alike(visitor):
    """HEAD, OPTIONS, a parameter or a header twice, a malformed one, a key that nothing comes of, another spelling."""
    everybody = visitor(*EVERYBODY, party="HUT")

    await check_every_route(await Asked.of(everybody.client, everybody.token))

"""A browser, and pages that are made once for all tests of a module."""

import pytest

import visualize
from tests.support.pages import Reader, launched


@pytest.fixture(scope="module")
def chromium():
    """Within this module only: while it lives, its event loop is the running one of this thread."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launched(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Each page, made once, as an address to open."""
    folder = tmp_path_factory.mktemp("pages")
    made = {}

    def address(compute, **options):
        name = f"{compute.__name__}{'-'.join(options.values())}.html"
        made[name] = made.get(name) or visualize.page(compute(), **options).save(folder / name).as_uri()
        return made[name]

    return address


@pytest.fixture
def open_page(chromium, saved):
    """Opens pages, and checks them in the end."""
    reader = Reader(chromium, saved)
    yield reader
    for context in reader.contexts:
        context.close()
    reader.check()

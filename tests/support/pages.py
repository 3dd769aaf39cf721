"""Pages in a browser: opened as a person would, and read."""

import re
import shutil

BROWSERS = "chromium-headless-shell", "chromium"  # the first one has no window, and takes a third of the time
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)


def launched(playwright):
    """A browser; its letters are as wide as those of one with a window, which are not moved to whole pixels."""
    return playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--font-render-hinting=none"])


class Reader:
    """Opens pages as a person would, and knows what they complained about and asked for."""

    def __init__(self, browser, saved):
        self.browser, self.saved = browser, saved
        self.contexts, self.complaints, self.requests = [], [], []

    def __call__(self, compute, step=None, *, direction="LR", **options):
        address = compute if isinstance(compute, str) else self.saved(compute, direction=direction)
        plain = {"reduced_motion": "reduce", "viewport": {"width": 1280, "height": 800}}
        self.contexts.append(self.browser.new_context(**plain | options))
        tab = self.contexts[-1].new_page()
        tab.on("console", lambda message: self.complaints.append(message.text))
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        tab.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        tab.on("request", lambda request: self.requests.append(request.url))
        tab.goto(address if step is None else f"{address}#{step}")
        if not isinstance(compute, str) and options.get("java_script_enabled", True):
            tab.locator("#panel h2").wait_for(state="attached")  # the script is unpacked when the page is there
        return tab

    def check(self):
        assert self.complaints == []
        asked_for = [url for url in self.requests if not re.match(r"file:.*\.html(#.*)?$|about:|data:", url)]
        assert asked_for == []


def title(tab):
    return tab.locator("#panel h2").inner_text().capitalize()


def boxes(tab):
    """The texts of each box: data, caption, gradient."""
    return tab.evaluate(
        """() => [...document.querySelectorAll(".nodes > g")].sort((a, b) => a.id.slice(1) - b.id.slice(1))
          .map(node => [".n", ".c:has(+ .g)", ".g"].map(kind => node.querySelector(kind).textContent))"""
    )


def eventually(tab, holds):
    """Wait for what the browser does in its own time. Its own way of waiting is code, which the page does not run."""
    for _ in range(200):
        if holds():
            return
        tab.wait_for_timeout(25)
    raise AssertionError("this did not come to hold")


def classes(tab, name):
    return set((tab.locator(f"#{name}").get_attribute("class") or "").split())

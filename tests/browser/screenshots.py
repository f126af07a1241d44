"""Screenshots of each page, wide, on a phone and dark, into docs/images: `make screenshots`."""

from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from tests.browser.site import Site, look_around

IMAGES = Path(__file__).parents[2] / "docs/images"
_EVENT = "2026-04-alignment-researchers-automate-safety-research"
_PAGES = {"feed": "/", "event": f"/events/{_EVENT}", "you": "/you", "operator": "/operator"}
_LOOKS: dict[str, dict[str, Any]] = {
    "wide": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
}


async def take(site: Site, browser: Browser) -> None:
    """Takes them all, as ada has made her feed."""
    for look, options in _LOOKS.items():
        context = await browser.new_context(reduced_motion="reduce", **options)
        await context.add_cookies([{"name": "signalfeed-reader", "value": "ada", "url": site.url}])
        for name, path in _PAGES.items():
            page = await context.new_page()
            await page.goto(site.url + path)
            await page.screenshot(path=IMAGES / f"{name}-{look}.png")
        await context.close()


if __name__ == "__main__":
    look_around(take)

"""The design system's components, as functions that templates call: `{{ nhsuk.button({"text": "Continue"}) }}`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader
from markupsafe import Markup

# Component folder -> macro. Only what the vendored stylesheet was compiled for.
MACROS: Mapping[str, str] = {
    "back-link": "backLink",
    "button": "button",
    "checkboxes": "checkboxes",
    "date-input": "dateInput",
    "details": "details",
    "error-message": "errorMessage",
    "error-summary": "errorSummary",
    "fieldset": "fieldset",
    "file-upload": "fileUpload",
    "hint": "hint",
    "input": "input",
    "inset-text": "insetText",
    "label": "label",
    "notification-banner": "notificationBanner",
    "pagination": "pagination",
    "panel": "panel",
    "radios": "radios",
    "select": "select",
    "skip-link": "skipLink",
    "summary-list": "summaryList",
    "tables": "table",
    "tag": "tag",
    "textarea": "textarea",
}


class Components:
    """Each component by its macro's name, taking one mapping and returning escaped HTML.

    They live in an environment of their own: the macros need undefined values that chain and files named
    `.jinja` escaped, while our own pages keep strict undefined values.
    """

    def __init__(self) -> None:
        import_module("nhsuk_frontend_jinja")
        # A package's files stay as they are: asking after each at each use was a tenth of a page with a form.
        environment = Environment(
            loader=PackageLoader("nhsuk_frontend_jinja"), undefined=ChainableUndefined, autoescape=True,
            auto_reload=False,
        )  # fmt: skip
        self._macros: dict[str, Callable[[Mapping[str, Any]], Markup]] = {
            macro: getattr(environment.get_template(f"nhsuk/components/{folder}/macro.jinja").module, macro)
            for folder, macro in MACROS.items()
        }

    def __getattr__(self, name: str) -> Callable[[Mapping[str, Any]], Markup]:
        """Return the component of this name.

        Raises: AttributeError for one that the stylesheet does not have.
        """
        if name.startswith("_") or name not in self._macros:
            raise AttributeError(name)
        return self._macros[name]


@cache
def components() -> Components:
    """Return the components, loaded once for as many applications as there are in this process."""
    return Components()

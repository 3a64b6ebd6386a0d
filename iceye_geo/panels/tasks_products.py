"""The products of an order on the page: look into one, download one with progress and Stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from iceye_geo.panels.asking import AskingPanel
from iceye_geo.panels.jobs import Ticket
from iceye_geo.panels.order_style import button, described, row, show, words
from iceye_geo.panels.tasks_control import TasksControl, can_look_into, product_of

if TYPE_CHECKING:
    from iceye_geo.stac.items import IceyeItem

_DOWNLOAD = "download"


class ProductsBox:
    """Lists the products of one order.

    Args:
        panel: runs the downloads and shows errors.
        control: gets the files.
        look: called with the product that a person wants to look into.
    """

    def __init__(
        self, panel: AskingPanel, control: TasksControl, *, look: Callable[[IceyeItem], None]
    ) -> None:
        self._panel, self._control, self._look = panel, control, look
        self.items: list[IceyeItem] = []
        self.downloaded: list[Path] = []
        self.folder = described(
            widgets.Text,
            "Download into",
            selector="t-download-folder",
            value="iceye-products",
            continuous_update=False,
        )
        self.stop_button = button("Stop", selector="t-download-stop")
        self.stop_button.on_click(panel.guard(lambda _: self._stop()))
        self._progress = widgets.FloatProgress(min=0, max=1, layout=widgets.Layout(width="180px"))
        self._words = widgets.HTML()
        self._words.add_class("t-download-words")
        self._bar = row(self._progress, self.stop_button)
        self._rows = widgets.VBox()
        self._rows.add_class("t-products")
        self.widget = widgets.VBox([self._rows, self.folder, self._bar, self._words])
        self.set([])

    def set(self, items: Sequence[IceyeItem]) -> None:
        """Show these products; none hides the list."""
        for old in self._rows.children:
            old.close()
        self._rows.children = tuple(self._row(item) for item in items)
        show(self.widget, bool(items))
        show(self._bar, self._panel.jobs.running(_DOWNLOAD))
        self.items = list(items)  # last: who waits for them finds them on the page

    def _row(self, item: IceyeItem) -> Any:
        product = product_of(item)
        look = button("Look into it", selector="t-look", icon="search", style="primary")
        get = button("Download", selector="t-download", icon="download")
        look.on_click(self._panel.guard(lambda _: self._look(item)))
        get.on_click(self._panel.guard(lambda _: self._start(item)))
        look.tooltip = f"Open the {product} of this order; only the bytes on the screen are read"
        label = widgets.HTML(
            f'<div class="iceye-order-cell">{words(product)}</div>', layout=widgets.Layout(width="90px")
        )
        made = row(label, look, get) if can_look_into(item) else row(label, get)
        made.add_class(f"t-product-{product.lower()}")
        return made

    def _start(self, item: IceyeItem) -> None:
        folder, product = self.folder.value.strip() or ".", product_of(item)
        self._progress.value = 0
        self._words.value = f'<div class="iceye-hint">Fetching {words(product)}…</div>'
        show(self._bar, True)

        def work(ticket: Ticket) -> Path:
            return self._control.download(
                item, folder, ticket=ticket, progress=lambda done, size: self._told(ticket, done, size)
            )

        self._panel.ask(_DOWNLOAD, work, self._finished, failed=self._ended)

    def _told(self, ticket: Ticket, done: int, size: int) -> None:
        def draw() -> None:
            self._progress.value = done / size if size else 1.0
            self._words.value = f'<div class="iceye-hint">{done / 1e6:.1f} of {size / 1e6:.1f} MB</div>'

        self._panel.jobs.report(ticket, draw)

    def _finished(self, path: Path) -> None:
        self.downloaded.append(path)
        show(self._bar, False)
        self._words.value = f'<div class="iceye-hint">Saved as {words(path)}</div>'

    def _ended(self) -> None:
        show(self._bar, False)
        self._words.value = ""

    def _stop(self) -> None:
        self._panel.jobs.stop(_DOWNLOAD)
        show(self._bar, False)
        self._words.value = (
            '<div class="iceye-hint">Stopped. What arrived is kept; Download goes on from there.</div>'
        )

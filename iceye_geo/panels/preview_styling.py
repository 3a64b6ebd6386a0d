"""How the picture looks: the controls of its group, brought to the controller and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iceye_geo.panels.preview_form import PictureForm

if TYPE_CHECKING:
    from iceye_geo.panels.preview import PreviewPanel
    from iceye_geo.panels.preview_display import Display


class Styling:
    """The group of controls that style the picture.

    Args:
        panel: whose picture it is.

    Attributes:
        form: the controls.
    """

    def __init__(self, panel: PreviewPanel) -> None:
        self._panel = panel
        self.form = PictureForm()

    def change(self, name: str, value: Any) -> None:
        """Take a new value of a field of ``Display``; one that is refused goes back to what it was."""
        panel, form = self._panel, self.form
        if panel.quiet:
            return
        before = panel.control.display
        try:
            if name == "stretch" and value == "hand":
                self._hand_over_limits()
            limits = (form.low.value, form.high.value) if form.stretch.value == "hand" else None
            panel.control.set_display(**{name: value, "limits": limits, "stretch": form.stretch.value})
        except Exception:
            panel.silently(lambda: self._show(before))
            raise
        panel.clear_error()
        panel.arrange()
        if name == "geometry" and panel.control.layers:
            panel.turned()
        else:
            panel.restyle()

    def limit(self) -> None:
        """Take new limits of a stretch by hand."""
        self.change("limits", None)

    def _hand_over_limits(self) -> None:
        """Start the stretch by hand from what is seen."""
        picture = self._panel.picture
        if picture is not None and picture.stage != "thumbnail":
            self._panel.silently(lambda: self._set_limits(*picture.limits))

    def _set_limits(self, low: float, high: float) -> None:
        self.form.low.value, self.form.high.value = round(low, 2), round(high, 2)

    def _show(self, display: Display) -> None:
        for name, widget in self.form.all.items():
            widget.value = getattr(display, name)

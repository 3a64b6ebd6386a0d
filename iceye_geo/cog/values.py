"""What pixels mean: digital numbers, amplitude, sigma nought, beta nought, by ICEYE's product guide."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from iceye_geo.errors import InvalidInputError, NotCalibratedError, UncalibratedWarning

Values = Literal["dn", "amplitude", "sigma0", "sigma0_db", "beta0", "relative_db"]
MaskedArray = np.ma.MaskedArray[Any, Any]

UNITS = {
    "dn": "digital number", "amplitude": "amplitude", "sigma0": "sigma nought (linear)",
    "sigma0_db": "sigma nought (dB)", "beta0": "beta nought (linear)",
    "relative_db": "relative dB, not calibrated",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a frame's numbers become backscatter.

    Attributes:
        factor: ``iceye:calibration_factor``; None for Scan and Scan Wide, which are not calibrated.
        scale: amplitude = DN * scale + offset; 1 where the file says nothing.
        offset: see ``scale``.
    """

    factor: float | None = None
    scale: float = 1.0
    offset: float = 0.0


def check_values(values: str) -> Values:
    """Return the name of a value, or say which names there are.

    Raises:
        InvalidInputError: no such value.
    """
    if values not in get_args(Values):
        raise InvalidInputError("values", f"{values!r} is none of {', '.join(get_args(Values))}")
    return values  # type: ignore[return-value]


def convert(
    dn: MaskedArray, values: Values, *, calibration: Calibration, theta_deg: NDArray[np.float64] | None = None
) -> tuple[MaskedArray, Values]:
    """Turn digital numbers into another value; masked pixels stay masked.

    ``sigma0 = CF * DN^2``, ``sigma0_db = 20 log10(DN) + 10 log10(CF)``, ``beta0 = sigma0 / sin(theta)``.
    DN = 0 is nodata and never becomes minus infinity.

    Args:
        dn: digital numbers, masked.
        values: what is wanted.
        calibration: of the frame.
        theta_deg: incidence angle per pixel, degrees, broadcastable; for ``beta0``.

    Returns:
        The array, float64 except for ``dn``, and what it is: ``relative_db`` where ``sigma0_db`` was asked of
        a frame that is not calibrated.

    Raises:
        NotCalibratedError: linear backscatter of an uncalibrated frame, or no incidence angle for beta0.

    Example:
        >>> dn = np.ma.masked_equal(np.array([[0, 100]]), 0)
        >>> convert(dn, "sigma0", calibration=Calibration(2e-5))[0].filled(-1.0).round(6).tolist()
        [[-1.0, 0.2]]
    """
    if values == "dn":
        return dn, values
    amplitude: Any = dn.astype(np.float64) * calibration.scale + calibration.offset
    if values == "amplitude":
        return amplitude, values
    if values in ("sigma0_db", "relative_db"):
        return _decibel(dn, values, calibration)
    if calibration.factor is None:
        raise NotCalibratedError(
            f"{values} needs a calibration factor, which this frame has not; ask for relative_db."
        )
    sigma0 = np.ma.masked_equal(dn.astype(np.float64), 0.0) ** 2 * calibration.factor
    if values == "sigma0":
        return sigma0, values
    if theta_deg is None:
        raise NotCalibratedError("beta0 needs the incidence angle, which this frame does not tell.")
    return sigma0 / np.sin(np.radians(theta_deg)), values


def _decibel(dn: MaskedArray, values: Values, calibration: Calibration) -> tuple[MaskedArray, Values]:
    wanted = np.ma.masked_less_equal(dn.astype(np.float64), 0.0)
    db: MaskedArray = 20.0 * np.ma.log10(wanted)
    if values == "relative_db":
        return db, values
    if calibration.factor is None:
        warnings.warn(
            "This frame is not calibrated (Scan and Scan Wide are not): these are relative dB, 20 log10(DN).",
            UncalibratedWarning,
            stacklevel=4,
        )
        return db, "relative_db"
    return db + 10.0 * float(np.log10(calibration.factor)), values

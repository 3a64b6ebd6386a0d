"""GDAL settings for those who read signed links with plain /vsicurl/."""

from __future__ import annotations

from urllib.parse import urlsplit


def cog_env(url: str = "", *, after_denial: bool = False) -> dict[str, str]:
    """Return GDAL options under which plain rasterio reads a signed COG.

    Even so GDAL sends one un-ranged GET for the size, cannot renew a link, and fetches everything anew for each new
    signature; ``open_cog`` does none of that.

    Args:
        url: the link; needed with ``after_denial``.
        after_denial: GDAL remembers a 403 and would not even ask again; this makes it forget.

    Example:
        >>> cog_env()["CPL_VSIL_CURL_USE_HEAD"]
        'NO'
        >>> cog_env("https://host/a?Signature=x", after_denial=True)["CPL_VSIL_CURL_NON_CACHED"]
        '/vsicurl/https://host'
    """
    options = {
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "CPL_VSIL_CURL_USE_HEAD": "NO",
        "GDAL_INGESTED_BYTES_AT_OPEN": "131072",
        "GDAL_HTTP_MAX_RETRY": "3",
        "GDAL_HTTP_RETRY_DELAY": "0.5",
        "GDAL_HTTP_MULTIPLEX": "YES",
        "GDAL_HTTP_VERSION": "2TLS",
    }
    if after_denial:
        parts = urlsplit(url)
        options["CPL_VSIL_CURL_NON_CACHED"] = f"/vsicurl/{parts.scheme}://{parts.netloc}"
    return options

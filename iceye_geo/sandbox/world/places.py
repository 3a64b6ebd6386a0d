"""Named places the sandbox's archive looks at: a table of positions, nothing else. (lon, lat) in degrees."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["port", "city", "coast", "strait", "river", "polar", "dateline", "volcano", "farmland"]


class Place(NamedTuple):
    """A point of interest. ``kind`` says what an analyst would look for there."""

    name: str
    lon: float
    lat: float
    kind: Kind


_TABLE: tuple[tuple[str, float, float, Kind], ...] = (
    ("Helsinki", 24.95, 60.16, "port"),
    ("Rotterdam Maasvlakte", 4.03, 51.95, "port"),
    ("Hamburg", 9.93, 53.53, "port"),
    ("Antwerp", 4.32, 51.28, "port"),
    ("Gdansk", 18.68, 54.40, "port"),
    ("Saint Petersburg", 30.20, 59.90, "port"),
    ("Murmansk", 33.06, 69.00, "port"),
    ("Gothenburg", 11.85, 57.69, "port"),
    ("Felixstowe", 1.32, 51.95, "port"),
    ("Le Havre", 0.13, 49.47, "port"),
    ("Lisbon", -9.14, 38.70, "port"),
    ("Algeciras", -5.43, 36.13, "port"),
    ("Marseille", 5.33, 43.33, "port"),
    ("Genoa", 8.90, 44.40, "port"),
    ("Piraeus", 23.62, 37.94, "port"),
    ("Odesa", 30.75, 46.50, "port"),
    ("Haifa", 35.00, 32.82, "port"),
    ("Port Said", 32.33, 31.25, "port"),
    ("Jeddah", 39.15, 21.47, "port"),
    ("Jebel Ali", 55.05, 25.01, "port"),
    ("Bandar Abbas", 56.20, 27.14, "port"),
    ("Karachi", 66.98, 24.82, "port"),
    ("Mumbai", 72.88, 18.94, "port"),
    ("Colombo", 79.85, 6.95, "port"),
    ("Chittagong", 91.81, 22.28, "port"),
    ("Singapore", 103.80, 1.26, "port"),
    ("Tanjung Priok", 106.88, -6.10, "port"),
    ("Manila", 120.95, 14.58, "port"),
    ("Hong Kong", 114.15, 22.30, "port"),
    ("Shanghai Yangshan", 122.07, 30.62, "port"),
    ("Ningbo", 121.90, 29.93, "port"),
    ("Busan", 129.05, 35.09, "port"),
    ("Tokyo Bay", 139.79, 35.60, "port"),
    ("Vladivostok", 131.90, 43.10, "port"),
    ("Sydney", 151.21, -33.87, "port"),
    ("Fremantle", 115.74, -32.05, "port"),
    ("Auckland", 174.78, -36.84, "port"),
    ("Durban", 31.04, -29.88, "port"),
    ("Cape Town", 18.43, -33.91, "port"),
    ("Lagos", 3.38, 6.43, "port"),
    ("Mombasa", 39.65, -4.06, "port"),
    ("Dakar", -17.43, 14.68, "port"),
    ("Santos", -46.30, -23.97, "port"),
    ("Buenos Aires", -58.36, -34.59, "port"),
    ("Callao", -77.15, -12.05, "port"),
    ("Panama Balboa", -79.56, 8.95, "port"),
    ("Houston Galveston", -94.80, 29.33, "port"),
    ("New York Newark", -74.13, 40.67, "port"),
    ("Los Angeles Long Beach", -118.22, 33.75, "port"),
    ("Vancouver", -123.10, 49.30, "port"),
    ("Halifax", -63.57, 44.65, "port"),
    ("London", -0.12, 51.50, "city"),
    ("Paris", 2.35, 48.86, "city"),
    ("Berlin", 13.40, 52.52, "city"),
    ("Madrid", -3.70, 40.42, "city"),
    ("Rome", 12.48, 41.90, "city"),
    ("Kyiv", 30.52, 50.45, "city"),
    ("Istanbul", 28.98, 41.02, "city"),
    ("Cairo", 31.24, 30.05, "city"),
    ("Nairobi", 36.82, -1.29, "city"),
    ("Delhi", 77.21, 28.64, "city"),
    ("Bangkok", 100.50, 13.75, "city"),
    ("Beijing", 116.39, 39.91, "city"),
    ("Mexico City", -99.13, 19.43, "city"),
    ("Sao Paulo", -46.63, -23.55, "city"),
    ("San Francisco", -122.42, 37.79, "city"),
    ("Chicago", -87.62, 41.88, "city"),
    ("Gibraltar Strait", -5.60, 35.95, "strait"),
    ("Bosporus", 29.06, 41.12, "strait"),
    ("Suez Canal", 32.58, 29.93, "strait"),
    ("Bab el-Mandeb", 43.33, 12.58, "strait"),
    ("Strait of Hormuz", 56.40, 26.50, "strait"),
    ("Malacca Strait", 101.40, 2.60, "strait"),
    ("Taiwan Strait", 119.50, 24.50, "strait"),
    ("Dover Strait", 1.50, 51.00, "strait"),
    ("Oresund", 12.70, 55.80, "strait"),
    ("Magellan Strait", -70.90, -53.20, "strait"),
    ("Nile Delta", 31.10, 31.40, "river"),
    ("Mississippi Delta", -89.25, 29.10, "river"),
    ("Ganges Delta", 89.50, 21.90, "river"),
    ("Mekong Delta", 106.50, 9.70, "river"),
    ("Amazon Mouth", -50.00, 0.20, "river"),
    ("Danube Delta", 29.60, 45.10, "river"),
    ("Po Delta", 12.45, 44.95, "river"),
    ("Algarve Coast", -8.30, 37.07, "coast"),
    ("Lofoten", 13.80, 68.20, "coast"),
    ("Skeleton Coast", 13.40, -21.50, "coast"),
    ("Great Barrier Reef Cairns", 145.80, -16.90, "coast"),
    ("Galapagos", -90.50, -0.75, "coast"),
    ("Patagonian Coast", -65.00, -42.60, "coast"),
    ("Big Island Hawaii", -155.30, 19.40, "volcano"),
    ("Reykjanes", -22.35, 63.87, "volcano"),
    ("Etna", 15.00, 37.73, "volcano"),
    ("Flevoland", 5.60, 52.50, "farmland"),
    ("Iowa", -93.60, 41.60, "farmland"),
    ("Mato Grosso", -55.50, -12.60, "farmland"),
    ("Longyearbyen", 15.50, 78.20, "polar"),
    ("Jakobshavn Isbrae", -50.00, 69.20, "polar"),
    ("Thule Qaanaaq", -69.20, 77.45, "polar"),
    ("Nares Strait", -66.50, 80.00, "polar"),
    ("Novaya Zemlya", 58.00, 74.50, "polar"),
    ("Utqiagvik", -156.80, 71.30, "polar"),
    ("Pine Island Glacier", -100.50, -75.10, "polar"),
    ("Larsen Ice Shelf", -61.50, -67.50, "polar"),
    ("Bharati Prydz Bay", 76.20, -69.40, "polar"),
    ("McMurdo Sound", 166.50, -77.70, "polar"),
    ("Taveuni Fiji", -179.98, -16.85, "dateline"),
    ("Wrangel Island", 179.95, 71.20, "dateline"),
    ("Chukotka Coast", -179.60, 68.95, "dateline"),
    ("Semisopochnoi Aleutians", 179.70, 51.95, "dateline"),
    ("Ross Sea", -179.80, -77.90, "dateline"),
)

#: All places, in a fixed order.
PLACES: tuple[Place, ...] = tuple(Place(*row) for row in _TABLE)
#: Places near the antimeridian, where a large enough frame crosses it.
DATELINE: tuple[Place, ...] = tuple(place for place in PLACES if place.kind == "dateline")


def place(name: str) -> Place:
    """Return a place by its exact name.

    Raises:
        KeyError: for an unknown name.

    Example:
        >>> place("Helsinki").kind
        'port'
    """
    for found in PLACES:
        if found.name == name:
            return found
    raise KeyError(name)

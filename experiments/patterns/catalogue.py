"""The catalogue: which statistics stand for which pattern, and what each can and cannot say."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from experiments.patterns.figures import (
    ANTWERP,
    DUTCH_PORTS,
    GIOIA_TAURO,
    HAMBURG,
    MARKET,
    ROTTERDAM,
    VLISSINGEN,
    WEST_AFRICA,
    Figure,
    Figures,
    rank_of,
)
from experiments.patterns.statistics import (
    Formula,
    Statistic,
    change,
    eu_tonnes,
    fallen,
    jumping_ports,
    known_ports,
    largest_port_years,
    largest_share,
    leader_changes,
    leader_share,
    level,
    origin_share,
    origin_years,
    pair_share,
    ports_in,
    small_share,
    smaller_pairs,
    typical_jump,
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern of the record, and what has to be known about it."""

    title: str
    note: str


PATTERNS = {
    1: Pattern(
        "After its peak of 2021 Rotterdam falls, others rise",
        "Attribution is open: the end of a windfall of decrypted phones, the law on extractors and new release codes "
        "(2022), more supply, banana services that moved to Vlissingen. None of these events is in the hindcast: the "
        "model can show such changes only by chance, or by reactions to chance.",
    ),
    2: Pattern(
        "Not every neighbour gains, and small ports jump",
        "Gioia Tauro fell while others rose. Ports of the periphery have no published series, only single finds in the "
        "press; what is measured are the yearly jumps of the smaller ports that have one.",
    ),
    3: Pattern(
        "Seizures are less concentrated in Antwerp and Rotterdam",
        "Share of both in what the Union seized in all modes; in the model in all its places of entry, so without "
        "airports. The controls of the model stand still; in both ports they did not.",
    ),
    4: Pattern(
        "Loads: means grow, small finds multiply, the tail is heavy",
        "Sizes of lots are an input of the model, one distribution for all ports and years. Published finds count "
        "lots, investigations or batches.",
    ),
    5: Pattern(
        "The leading departure country changes",
        "By mass, of what Antwerp seized. What happens in departure countries is not in the model.",
    ),
    6: Pattern(
        "Seizures grow with supply",
        "Supply is an input, made from world production: this pattern is put in, not explained.",
    ),
    7: Pattern(
        "Closing one method opens another",
        "Mostly text: fraud with release codes ends, teams of extractors multiply, hides move into structure and "
        "cooling units. Compared are changes in persons arrested in Rotterdam with those in loads that the model takes "
        "from a team there, and two ranks by number of finds that the record has in words.",
    ),
    8: Pattern(
        "The wholesale price stays while supply doubles",
        "The level of 2023 is close by construction, for the price at the demand of that year is a parameter. Before "
        "it the price follows from what lands against demand.",
    ),
}

PORT, COUNTRY, SIZES = "seizures_port_year", "seizures_country_year", "consignment_sizes"
ORIGINS, METHODS, PRICES, INSIDERS = "origin_shares", "modus_operandi", "prices_purity", "insiders"


def catalogue(record: Collection[Figure]) -> tuple[Statistic, ...]:
    """Return all statistics; the record says for which ports and years some of them can be had."""
    return (
        *_port_changes(), *_neighbours(record), *_concentration(), *_loads(record), *_origins(record), *_growth(),
        *_methods(), *_price(),
    )  # fmt: skip


def _port_changes() -> list[Statistic]:
    def factor(name: str, place: str, years: tuple[int, int], about: str) -> Statistic:
        return Statistic(1, name, "times", change("tonnes", place, years), PORT, about, is_factor=True)

    return [
        factor(
            "Rotterdam 2022 / 2021", ROTTERDAM, (2021, 2022),
            "2021 had the decrypted phones, 2022 the law on extractors and new release codes",
        ),
        factor("Antwerp 2022 / 2021", ANTWERP, (2021, 2022), "27.6 t of 2021 came from decrypted phones, in 42 days"),
        factor(
            "Vlissingen 2023 / 2021", VLISSINGEN, (2021, 2023),
            "banana services moved there; the lanes of the model stand still",
        ),
        factor(
            "Hamburg 2023 / 2022", HAMBURG, (2022, 2023),
            "with Bremerhaven",
        ),
    ]  # fmt: skip


def _neighbours(record: Collection[Figure]) -> list[Statistic]:
    compared, pairs = ports_in(record, 2022, 2023), smaller_pairs(record)
    return [
        Statistic(
            2, f"Ports of {len(compared)} that fall in 2023", "ports", fallen(compared, (2022, 2023)), PORT,
            "while seizures of the Union rose by 30 %",
        ),
        Statistic(
            2, "Gioia Tauro 2023 / 2022", "times", change("tonnes", GIOIA_TAURO, (2022, 2023)), PORT,
            "4.8 t, by another count 7 t", is_factor=True,
        ),
        Statistic(
            2, "Yearly jump of smaller ports", "times", typical_jump(pairs), PORT,
            f"up or down, median of {len(pairs)} pairs of years; few large finds are enough to make it",
            is_factor=True,
        ),
        Statistic(
            2, "Other ports that jump from near 0", "%", jumping_ports(known_ports(record)), PORT,
            "in any year, from under 0.1 t to 0.5 t",
        ),
    ]  # fmt: skip


def _concentration() -> list[Statistic]:
    notes = {2021: "the windfall of the decrypted phones fell to Antwerp"}
    shares = [
        Statistic(3, f"Share of both ports {year}", "%", pair_share(year), COUNTRY, notes.get(year, ""))
        for year in (2020, 2021, 2022, 2023)
    ]

    def points(figures: Figures) -> float:
        return pair_share(2023)(figures) - pair_share(2021)(figures)

    note = "controls that stand still move no share; with Zeebrugge (121 t) that of 2023 is 39.7 %"
    return [*shares, Statistic(3, "Change 2021 to 2023", "points", points, COUNTRY, note)]


def _loads(record: Collection[Figure]) -> list[Statistic]:
    smaller = largest_port_years(record, is_rotterdam=False)
    return [
        Statistic(
            4, "Mean find of Rotterdam 2020", "kg", level("mean kg", ROTTERDAM, 2020), SIZES,
            "Rotterdam finds many small loads; the model draws from the sizes of all Europe", is_factor=True,
        ),
        Statistic(
            4, "Mean find of Rotterdam 2020 / 2017", "times", change("mean kg", ROTTERDAM, (2017, 2020)), SIZES,
            "in the model sizes do not change with the years", is_factor=True,
        ),
        Statistic(
            4, "Small finds, Rotterdam 2022 / 2021", "times",
            change("finds under 100 kg", ROTTERDAM, (2021, 2022)), SIZES, "under 100 kg: more while tonnes fell",
            is_factor=True,
        ),
        Statistic(
            4, "Small finds, Rotterdam 2023", "%", small_share(2023), SIZES,
            "under 100 kg, of 170 finds with a few of other drugs",
        ),
        Statistic(
            4, "Largest find, Rotterdam", "%",
            largest_share(largest_port_years(record, is_rotterdam=True)), SIZES,
            "share of what was seized in the year; median of 2021 to 2023",
        ),
        Statistic(
            4, "Largest find, smaller ports", "%", largest_share(smaller), SIZES,
            f"median of {len(smaller)} port-years, published because the find was large: too high by selection",
        ),
        Statistic(
            4, "West Africa at Antwerp 2020-2022", "%", origin_share(WEST_AFRICA, (2020, 2021, 2022)), ORIGINS,
            "share by mass; in the model the lane is in use from the start",
        ),
        Statistic(
            4, "West Africa at Antwerp 2023", "%", origin_share(WEST_AFRICA, (2023,)), ORIGINS,
            "four finds of 5.75 t: new organisations on a lane that they trusted",
        ),
    ]  # fmt: skip


def _origins(record: Collection[Figure]) -> list[Statistic]:
    years = origin_years(record)
    listed = f"{', '.join(str(year) for year in years[:-1])} and {years[-1]}"
    return [
        Statistic(
            5, f"Changes of the lead, {len(years)} years", "changes", leader_changes(years), ORIGINS,
            f"{listed}, the years with published countries (2019 to September, 2020 its first half)",
        ),
        Statistic(
            5, "Leading country at Antwerp 2023", "%", leader_share(2023), ORIGINS,
            "its share by mass: Ecuador in the record",
        ),
    ]  # fmt: skip


def _growth() -> list[Statistic]:
    def growth(years: tuple[int, int]) -> Formula:
        return lambda figures: eu_tonnes(figures, years[1]) / eu_tonnes(figures, years[0])

    return [
        Statistic(6, f"Seized in the EU {years[1]} / {years[0]}", "times", growth(years), COUNTRY, is_factor=True)
        for years in ((2017, 2019), (2019, 2023))
    ]


def _methods() -> list[Statistic]:
    caught = [
        Statistic(
            7, f"Caught extracting {after} / {before}", "times",
            change("arrests", ROTTERDAM, (before, after)), INSIDERS, is_factor=True,
        )
        for before, after in ((2020, 2021), (2021, 2022), (2022, 2023))
    ]  # fmt: skip
    return [
        *caught,
        Statistic(
            7, "Rank of rip-on 2021", "rank", level(*rank_of("rip_on", ROTTERDAM, 2021)), METHODS,
            "in Rotterdam: the most used method", is_in_words=True,
        ),
        Statistic(
            7, "Rank of cooling units 2023", "rank", level(*rank_of("cooling_unit", DUTCH_PORTS, 2023)),
            METHODS, "in Dutch ports: more finds than in cargo or structure", is_in_words=True,
        ),
    ]  # fmt: skip


def _price() -> list[Statistic]:
    return [
        Statistic(8, f"Wholesale price {year}", "EUR/kg", level("price", MARKET, year), PRICES, is_factor=True)
        for year in (2017, 2019, 2023)
    ]

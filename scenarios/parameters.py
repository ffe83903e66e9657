"""Typed, frozen parameters; defaults, bounds, units, sources and priors are rows of data/parameters.csv."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SupplyParameters:
    """What producers offer."""

    mass_2023_t: float
    lots_2023: int
    envelope: float
    lot_median_kg: float
    lot_log_sd: float
    lot_cap_kg: float
    outside_netback_eur_per_kg: float
    reservation_scale_eur_per_kg: float
    index_2019: float
    index_2020: float
    index_2021: float
    index_2022: float
    index_2016: float


@dataclass(frozen=True, slots=True)
class OrganisationsParameters:
    """How many organisations there are and what they hold and know."""

    count: int
    slots: int
    pareto_exponent: float
    known_routes: int
    merge_below_kg: float
    boxes_per_booking: int


@dataclass(frozen=True, slots=True)
class ChoiceParameters:
    """How routes are compared."""

    temperature_eur_per_kg: float
    lane_exponent: float
    nest_dissimilarity: float
    salience_delta: float
    ewa_phi: float
    ewa_delta: float


@dataclass(frozen=True, slots=True)
class BeliefsParameters:
    """How organisations learn about losses."""

    half_life_days: float
    signal_weight: float
    prior_mean: float
    prior_strength_obs: float
    news_lag_days: float
    traffic_error_log_sd: float
    posture_lag_days: float
    posture_noise_log_sd: float
    posture_elasticity: float
    posture_least_effort: float
    hearsay_weight: float
    cooperation_degree: int
    cooperation_rewiring: float
    generalisation: float


@dataclass(frozen=True, slots=True)
class CostsParameters:
    """What a route costs."""

    freight_eur_per_kg: float
    origin_haul_eur_per_kg_1000km: float
    extraction_fee_share: float
    front_firm_share: float
    outside_fee_share: float
    fixed_eur_per_box: float
    inland_haul_eur_per_kg_1000km: float
    origin_price_eur_per_kg: float
    extraction_fee_without_foothold: float


@dataclass(frozen=True, slots=True)
class KnowledgeParameters:
    """What organisations find out about routes, and their footholds at ports."""

    explored_routes_per_month: float
    exploration_cost_eur: float
    footholds: int
    foothold_months: float
    foothold_cost_eur: float
    foothold_idle_days: float
    foothold_arrest_loss: float


@dataclass(frozen=True, slots=True)
class TimingParameters:
    """When a lot is held for better times."""

    most_held_days: float
    shock_half_life_days: float
    holding_eur_per_kg_month: float
    capital_cost_per_year: float
    scale_eur_per_kg: float


@dataclass(frozen=True, slots=True)
class SizesParameters:
    """How a lot is split into consignments."""

    risk_aversion: float
    batch_correlation: float
    most_consignments: int


@dataclass(frozen=True, slots=True)
class CapitalParameters:
    """What organisations can lose before they fail, and who enters."""

    working_capital_lots: float
    reserve_share: float
    entry_profit_eur_per_kg: float
    entry_scale_eur_per_kg: float


@dataclass(frozen=True, slots=True)
class MethodsParameters:
    """Concealment methods and routes outside the container terminals."""

    rip_on_limit_kg: float
    in_cargo_limit_kg: float
    in_structure_limit_kg: float
    cooling_unit_limit_kg: float
    outside_limit_kg: float
    rip_on_image_detection: float
    in_cargo_image_detection: float
    in_structure_image_detection: float
    cooling_unit_image_detection: float
    detection_mass_scale_kg: float
    outside_loss_probability: float
    outside_lane_share: float
    detectability_floor: float
    detectability_scale_share: float
    detectability_half_life_days: float
    detectability_prior_finds: float
    lately_half_life_days: float


@dataclass(frozen=True, slots=True)
class DepartureParameters:
    """Controls before departure."""

    seizure_probability: float


@dataclass(frozen=True, slots=True)
class ControlParameters:
    """The control line."""

    utilisation: float
    drug_tasked_share: float
    random_share: float
    lane_cap_share: float
    separation: float
    image_false_alarm: float
    search_detection: float
    search_min: float
    scan_min: float
    read_min: float
    retrieval_min: float
    service_log_sd: float
    mobile_scans_per_year: float
    fixed_scans_per_year: float
    scans_per_1000_gateway_teu: float
    scans_per_1000_transhipped_teu: float
    scanner_mtbf_days: float
    scanner_mttr_days: float
    most_mobile_units_per_port: int
    manual_search_below_scans: float
    long_shift_from_scans: float
    long_shift_open_h: float
    long_shift_close_h: float
    short_shift_open_h: float
    short_shift_close_h: float
    hub_share: float
    notice_h: float


@dataclass(frozen=True, slots=True)
class TipsParameters:
    """Tips and intelligence."""

    anchor_interception: float
    share_of_finds: float
    foreign_share: float
    lead_days: float
    national_delay_days: float
    shared_delay_days: float


@dataclass(frozen=True, slots=True)
class TargetingParameters:
    """How authorities learn where to look."""

    half_life_days: float
    prior_rate: float
    prior_exposure_boxes: float
    press_lag_days: float
    press_share: float
    transferability: float
    separation_gain: float
    separation_offset_finds: float
    outside_share: float


@dataclass(frozen=True, slots=True)
class ExtractionParameters:
    """The extraction race."""

    median_h: float
    log_sd: float
    caught_probability: float
    found_downstream_probability: float


@dataclass(frozen=True, slots=True)
class TerminalParameters:
    """Dwell and discharge."""

    dwell_dry_days: float
    dwell_reefer_days: float
    dwell_log_sd: float
    unload_h: float
    reefer_share: float


@dataclass(frozen=True, slots=True)
class ShippingParameters:
    """Sailings and boxes."""

    delay_mean_h: float
    boxes_per_call: float
    boxes_per_teu: float


@dataclass(frozen=True, slots=True)
class MarketParameters:
    """Price, demand and sinks."""

    price_eur_per_kg: float
    elasticity: float
    demand_growth_per_year: float
    stock_half_life_days: float
    landed_2023_t: float
    reexport_share: float
    inland_seizure_share: float
    inland_seizure_days: float
    price_floor_eur_per_kg: float
    price_cap_eur_per_kg: float


@dataclass(frozen=True, slots=True)
class TradeParameters:
    """What controls cost to trade."""

    goods_value_dry_eur: float
    goods_value_reefer_eur: float
    delay_cost_share_per_day: float
    search_handling_eur: float
    free_days_dry: int
    free_days_reefer: int
    demurrage_dry_eur_per_day: float
    demurrage_reefer_eur_per_day: float


@dataclass(frozen=True, slots=True)
class FinanceParameters:
    """The accounts of the authorities."""

    capital_eur_per_year: float
    new_posts_per_year: float
    programme_eur_per_year: float
    unit_price_eur: float
    running_share_per_year: float
    posts_per_unit: int
    post_min_per_year: int
    delivery_months: int
    move_eur: float
    coordination_share: float
    coordination_posts_per_port: int


@dataclass(frozen=True, slots=True)
class InsidersParameters:
    """Corrupted access to terminals: its labour market, what it does to the race, and reports."""

    coverage_reference: float
    foothold_share: float
    wage_loss_eur: float
    sentence_cost_eur: float
    moral_cost_eur: float
    caught_per_job: float
    risk_prior_jobs: float
    risk_half_life_days: float
    demand_per_security_level: float
    demand_per_log_price: float
    demand_half_life_days: float
    jobs_per_insider_per_year: float
    recruitment_per_year: float
    acceptance: float
    turnover_per_year: float
    vetting_per_year: float
    intimidation_share: float
    intimidation_price_factor: float
    arrested_if_team_is_caught: float
    time_ratio: float
    caught_ratio: float
    bypass: float
    security_time_factor: float
    security_caught_factor: float
    security_risk_factor: float
    leak_probability: float
    earliest_h: float
    hurried_caught_factor: float
    reports_large_port_per_year: float
    large_port_jobs_per_year: float
    awareness: float
    trust: float
    enquiries_per_report: float
    arrests_per_report: float
    insider_share_of_report_arrests: float
    violence_half_life_days: float


@dataclass(frozen=True, slots=True)
class DisruptionParameters:
    """What arrests do to an organisation."""

    exponent: float
    recovery_days: float


@dataclass(frozen=True, slots=True)
class Parameters:
    """Every parameter of a case, block by block; those of levers by name, as conf/lever has them."""

    supply: SupplyParameters
    organisations: OrganisationsParameters
    choice: ChoiceParameters
    beliefs: BeliefsParameters
    costs: CostsParameters
    knowledge: KnowledgeParameters
    timing: TimingParameters
    sizes: SizesParameters
    capital: CapitalParameters
    methods: MethodsParameters
    departure: DepartureParameters
    control: ControlParameters
    tips: TipsParameters
    targeting: TargetingParameters
    extraction: ExtractionParameters
    terminal: TerminalParameters
    shipping: ShippingParameters
    market: MarketParameters
    trade: TradeParameters
    finance: FinanceParameters
    insiders: InsidersParameters
    disruption: DisruptionParameters
    levers: dict[str, dict[str, float]] = field(hash=False)

    def value(self, block: str, name: str) -> float:
        """Return a value of a typed block or of a lever."""
        return float(self.levers[block][name] if block in self.levers else getattr(getattr(self, block), name))

    def changed(self, blocks: Mapping[str, Mapping[str, float]]) -> Parameters:
        """Return these parameters with other values, by block and name; bounds are not checked."""
        levers = {name: {**values, **blocks.get(name, {})} for name, values in self.levers.items()}
        typed = {
            name: dc.replace(getattr(self, name), **fields)
            for name, fields in blocks.items()
            if name not in self.levers
        }
        return dc.replace(self, **typed, levers=levers)

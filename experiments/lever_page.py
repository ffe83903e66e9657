"""docs/levers.md: every lever with what it rests on and takes, and every regime with the levers that it uses."""

from __future__ import annotations

from agents.levers import lever_classes
from experiments.screen import magnitude
from scenarios.levers import COMMON, lever_terms
from scenarios.regimes import load_regime, regime_names

_INTRO = """# Levers and regimes

A **lever** is a measure that each state takes alone (`national`) or participants take together (`alliance`). A
**regime** is nothing but a set of levers with scopes, so any mix can be asked:

```
waterbed compare arms=[alliance_rule,alliance_rule_minus_criteria]   # one lever national instead of common
waterbed run regime=alliance_rule regime.participants=[BE,NL,DE]     # a coalition: the other states act alone
waterbed run regime=alliance_rule regime.joins.PT=2027-01-01         # Portugal joins later
waterbed run regime=frozen regime.levers.intelligence=alliance       # one lever alone
waterbed run regime=alliance_rule parameters.criteria.strength=0.5   # at half its assumed strength
```

- Every lever has both scopes, with the same money; coordination takes its posts first. Whoever takes no part has the
  national version.
- **One parameter, one lever**: a lever writes the state variables named here, and no other lever may. A test watches
  each lever alone and sees to it.
- A lever decides from what the desk of its authority has observed, never from true flow.
- **Equal money**: all arms inherit the same stock, posts and orders by port (E1), and get the same appropriations in
  three accounts: capital, staff, running and programme cost (E2). The price of a lever, if all EU states take part,
  is split over states by traffic and charged alike in both scopes; who cannot pay in full has the effect in
  proportion (E3). Coordination costs 2 % of the programme account and a post at each port of those who act together.
  Account = commitments + unspent, to the cent and the minute (E4); who spent what on what is in the table
  `control_month`. Costs of terminals and traders stand beside the budget, never inside it (E5). Every comparison is
  shown for equal money and for frozen stock (E6).
- Evidence of the effect: B measured with a comparison, C measured without, D assumed. What is D is a stated
  assumption with a prior; totals that contain it are conditional on it. `waterbed dose lever=NAME` shows how much of
  it is needed.
- A lever without strength is absent, to the bit. It takes effect `delay_days` after its start, or after a state has
  joined. Until then criteria and intelligence are national, as before the analysis, and any other lever is not there;
  to have levers national first and common later, let states join later (`regime.joins`). One state alone is no
  alliance.
- Equipment, partner countries and the yearly review are decided once a year: who has joined is in from the next first
  of January on.
- A world without some EU ports has the part of the EU's money and posts, and pays the part of prices, that its ports
  have of the traffic.
- Equipment binds posts from its order, and takes running cost and working time from its delivery.

A new lever is one class, one file of terms and one test: [how to add a lever](how-to/add-a-lever.md).
"""


def lever_page() -> str:
    """Return the page, without the mark of generated pages."""
    parts = [_INTRO]
    for name, terms in lever_terms().items():
        rows = {row.name.partition(".")[2]: row for row in terms.rows}
        takes = "; ".join(
            f"`{one}` {magnitude(rows[one].default)} {rows[one].unit.removeprefix('1')}".rstrip() for one in COMMON
        )
        own = [one for one in rows if one not in COMMON]
        parts.append(
            f"## {name}\n\n{terms.about}.\n\n"
            f"- writes: {', '.join(f'`{one}`' for one in lever_classes()[name].writes)}\n"
            f"- evidence {terms.grade}: {terms.evidence}\n"
            f"- feasible now: {terms.feasible_now}\n"
            f"- takes: {takes}\n"
            + (f"- own parameters ([values and sources](parameters.md#{name})): {', '.join(own)}\n" if own else "")
        )
    parts.append("## Regimes\n")
    for name in regime_names():
        regime = load_regime(name)
        used = {
            scope: [one for one in lever_terms() if regime.scope(one) == scope] for scope in ("alliance", "national")
        }
        levers = "; ".join(f"{scope}: {', '.join(ones)}" for scope, ones in used.items() if ones)
        parts.append(f"- **{name}**: {regime.about}." + (f" ({levers})" if levers else ""))
    return "\n".join(parts) + "\n"

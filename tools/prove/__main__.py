"""`python3 dev.py prove [NAME …] [--seed N] [--share X]`: one of the long proofs, or all of them.

`docs/proofs.md` says what each shows. The ordinary tests run a small share of each.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from typing import NamedTuple

from tools.prove import crash, files, forgeries, generated, parallel, raw, readers, soak, wires
from tools.prove.proof import Broken, Effort, Proof, Tally, Unable

PROOFS = (
    Proof("readers", "what a reader cannot use it refuses, in words and in time", readers.prove),
    Proof("wires", "a wire answers anything as it should; a refusal changes nothing", wires.prove),
    Proof("sockets", "bytes that are hardly HTTP do no harm", raw.prove),
    Proof("generated", "what the documents of the wires promise holds", generated.prove),
    Proof("forgeries", "nothing that was not handed out opens anything", forgeries.prove),
    Proof("files", "a hostile file is taken whole or refused whole", files.prove),
    Proof("crash", "what was acknowledged survives a kill at any moment", crash.prove),
    Proof("parallel", "what many do at once is counted, and what ends is over", parallel.prove),
    Proof("soak", "a client loses no session and doubles no write, whatever fails", soak.prove),
)


class Outcome(NamedTuple):
    """How a proof went. `tally` is empty when it did not hold."""

    proof: Proof
    verdict: str
    seconds: float
    tally: Tally


def main() -> int:
    """Exit code 0 only when every proof held."""
    options = read_options()
    effort = Effort(options.seed, options.share)
    chosen = [proof for proof in PROOFS if not options.names or proof.name in options.names]
    outcomes = [attempt(proof, effort) for proof in chosen]
    print(as_table(outcomes, effort), flush=True)
    return 0 if all(outcome.verdict == "holds" for outcome in outcomes) else 1


def read_options() -> argparse.Namespace:
    known = [proof.name for proof in PROOFS]
    parser = argparse.ArgumentParser(
        prog="dev.py prove",
        description="Run the long proofs.",
        epilog="\n".join(f"  {proof.name:<10} {proof.shows}" for proof in PROOFS),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which (all)")
    parser.add_argument("--seed", type=int, default=1, help="decides all that is drawn (1)")
    parser.add_argument("--share", type=float, default=1.0, help="how much of each is done (1)")
    options = parser.parse_args()
    if unknown := set(options.names) - set(known):
        parser.error(f"there is no proof {min(unknown)}; there are {', '.join(known)}")
    return options


def attempt(proof: Proof, effort: Effort) -> Outcome:
    """Run one; what was wrong is printed at once."""
    print(f"prove: {proof.name}: {proof.shows} …", file=sys.stderr, flush=True)
    began = time.monotonic()
    verdict, tally = "holds", Tally()
    try:
        tally = proof.run(effort)
    except Unable as error:
        verdict = "cannot be shown here"
        print(f"\n{error}\n", flush=True)
    except Broken as error:
        verdict = "BROKEN"
        print(f"\n{error}\n", flush=True)
    except Exception:  # noqa: BLE001  # a fault of the proof is no success either
        verdict = "BROKEN"
        traceback.print_exc()
    return Outcome(proof, verdict, time.monotonic() - began, tally)


def as_table(outcomes: list[Outcome], effort: Effort) -> str:
    """Markdown, so that it can stand in `docs/proofs.md`."""
    share = "" if effort.share == 1 else f", share {effort.share:g}"
    rows = [
        f"Seed {effort.seed}{share}.",
        "",
        "| proof | verdict | seconds | looked at |",
        "| --- | --- | ---: | --- |",
    ]
    for outcome in outcomes:
        counted = ", ".join(f"{count:,} {what}" for what, count in sorted(outcome.tally.items()))
        rows.append(
            f"| {outcome.proof.name} | {outcome.verdict} | {outcome.seconds:.0f} | {counted} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())

"""`make bench`: how fast the desk stores, processes and delivers, beside servers that do as little as can be done.

Every figure counts only against another one of the same run: the rounds of all rivals take turns, medians of the
rounds are printed, and the ratios. Nothing here asserts a figure; that each mail arrived where it should is checked.
"""

from __future__ import annotations

import argparse
import sys
from itertools import count

from tests.bench import mailbox, measure, page, reading
from tests.bench.desk import BenchDesk, desk
from tests.bench.mails import LARGE, SMALL, question, reply
from tests.bench.measure import Mail, Run
from tests.bench.results import Results

CONNECTIONS = (1, 16)

#: (name of the size, octets, mails of one run per connection count, of them to be processed)
FULL = {"rounds": 5, "3 kB": 1500, "1 MB": 60}
QUICK = {"rounds": 1, "3 kB": 150, "1 MB": 10}

SIZES = {"3 kB": SMALL, "1 MB": LARGE}


def main() -> None:
    """Run all rounds and print what came out."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true", help="one small round, to see that it runs")
    parser.add_argument("--write", action="store_true", help="write the results into docs/speed.md")
    parser.add_argument("--rounds", type=int, help="how many rounds")
    options = parser.parse_args()
    amounts = QUICK if options.quick else FULL
    results = Results()
    with measure.peer("bare") as bare, measure.peer("sink") as sink:
        for number in range(1, (options.rounds or amounts["rounds"]) + 1):
            print(f"round {number} …", file=sys.stderr, flush=True)
            _round(results, amounts, bare_port=bare, sink_port=sink)
    for name, rate in reading.rates(options.quick).items():
        results.add(name, Run(rate))
    print(page.table(results))
    if options.write:
        page.write(results)


def _round(results: Results, amounts: dict[str, int], *, bare_port: int, sink_port: int) -> None:
    numbers = count(1)
    with desk(sink_port) as served:
        warm_up = [question(next(numbers)) for _ in range(20)]
        measure.through_desk(served, 4, warm_up)
        handed_over = len(warm_up)
        for size, octets in SIZES.items():
            for connections in CONNECTIONS:
                way = f"{size}, {connections} connection{'s' * (connections > 1)}"
                amount = amounts[size] if connections > 1 else -(-amounts[size] // 4)
                new = [question(next(numbers), octets) for _ in range(amount)]
                with_bare, _ = measure.smtp(bare_port, connections, new)
                results.add(f"bare aiosmtpd, {way}", with_bare)
                results.add(f"new, {way}", measure.through_desk(served, connections, new))
                answers = _answers(served, numbers, octets, amount)
                results.add(f"reply, {way}", measure.through_desk(served, connections, answers))
                handed_over += 2 * amount
            results.add(f"bare SQLite commit, {size}", measure.commits(new))
        served.check(handed_over)
    from_mailbox = mailbox.run([question(next(numbers)) for _ in range(amounts["3 kB"] // 3)], sink_port)
    if from_mailbox is not None:
        results.add("new, 3 kB, from a mailbox", from_mailbox)


def _answers(served: BenchDesk, numbers: count[int], octets: int, amount: int) -> list[Mail]:
    answered = served.answered()
    return [reply(next(numbers), octets, answered[position % len(answered)]) for position in range(amount)]


if __name__ == "__main__":
    main()

"""reference.py JUDGE [SEED [PATTERNS]]

Random patterns, made here from SEED; their next due times as JUDGE (our room) and Debian's python3-croniter tell them.
Where they differ a walk day by day decides: slow, and too plain to be wrong. If it is not on our side, or croniter is
wrong more often than it is known to be, that is a failure, and is printed with what repeats it.

In UTC: croniter 1.3.5 knows no rule for times that the clocks skip or show twice; the property tests are for those.
What else it does otherwise than Vixie's cron, and what is done about it:
  - to it a day field of */2 is restricted, to cron one that begins with * is not: it is told which of the two holds
    (day_or), by the rule of the manual page, written down once more here;
  - it takes a field that lists every value, 0-6, for *: such fields are not made;
  - of days February lacks (1,30) it forgets the first days of March, and 31 November or a Monday never comes: the walk
    decides, about seven times in ten thousand.
"""

import calendar
import random
import subprocess
import sys
import time

from croniter import CroniterBadDateError, croniter

DAY = 86400
NEXT = 3  # due times of each pattern
SLIPS_SHARE_MAX = 0.002
BEGIN = calendar.timegm((1970, 1, 1, 0, 0, 0))
END = calendar.timegm((2038, 1, 1, 0, 0, 0))
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
WEEKDAYS = "sun mon tue wed thu fri sat".split()


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def maybe(self, share):
        return self.random.random() < share

    def spelled(self, value, low, names):
        if not names or not 0 <= value - low < len(names) or self.maybe(0.5):
            return str(value)
        name = names[value - low]
        return self.random.choice([name, name.upper(), name.capitalize()])

    def element(self, low, high, names):
        first = self.random.randint(low, high)
        if self.maybe(0.5):
            return self.spelled(first, low, names)
        last = self.random.randint(first, high)
        text = self.spelled(first, low, names) + "-" + self.spelled(last, low, names)
        return text + f"/{self.random.randint(1, min(12, high - low))}" if self.maybe(0.4) else text

    def field(self, low, high, names, open_share):
        if self.maybe(open_share):
            return "*"
        if self.maybe(0.15):
            return f"*/{self.random.randint(2, high - low)}"
        while True:
            text = ",".join(self.element(low, high, names) for _ in range(self.random.choice([1, 1, 1, 2, 3])))
            if not lists_everything(text, low, high, names):
                return text

    def pattern(self):
        return " ".join([self.field(0, 59, None, 0.2), self.field(0, 23, None, 0.3), self.field(1, 31, None, 0.5),
                         self.field(1, 12, MONTHS, 0.6), self.field(0, 7, WEEKDAYS, 0.5)])


def values_of(text, low, high, names):
    def value(word):
        return low + names.index(word.lower()) if names and word.lower() in names else int(word)

    values = set()
    for element in text.split(","):
        span, _, step = element.partition("/")
        first, _, last = span.partition("-") if span != "*" else (str(low), "-", str(high))
        values.update(range(value(first), value(last or first) + 1, int(step or 1)))
    return {value % 7 for value in values} if names is WEEKDAYS else values


def lists_everything(text, low, high, names):
    return values_of(text, low, high, names) == values_of("*", low, high, names)


def is_either(day, weekday):
    return not day.startswith("*") and not weekday.startswith("*")


def ours_of(answer):
    if answer.startswith("refused"):
        return [] if "never comes" in answer else answer
    return [int(due) for due in answer.split()]


def theirs(pattern, after):
    _, _, day, _, weekday = pattern.split()
    times = []
    try:
        walk = croniter(pattern, float(after), ret_type=float, day_or=is_either(day, weekday))
        for _ in range(NEXT):
            due = int(walk.get_next())
            if due >= END:
                break
            times.append(due)
    except CroniterBadDateError:  # none within fifty years
        pass
    return times


def walked(pattern, after):
    minute, hour, day, month, weekday = pattern.split()
    minutes, hours = sorted(values_of(minute, 0, 59, None)), sorted(values_of(hour, 0, 23, None))
    days, months = values_of(day, 1, 31, None), values_of(month, 1, 12, MONTHS)
    weekdays = values_of(weekday, 0, 6, WEEKDAYS)
    times = []
    for midnight in range(after - after % DAY, END, DAY):
        date = time.gmtime(midnight)
        by_day, by_weekday = date.tm_mday in days, (date.tm_wday + 1) % 7 in weekdays
        fits = by_day or by_weekday if is_either(day, weekday) else by_day and by_weekday
        if date.tm_mon in months and fits:
            times += [at for at in (midnight + h * 3600 + m * 60 for h in hours for m in minutes) if at > after]
        if len(times) >= NEXT:
            break
    return times[:NEXT]


def main():
    judge, seed, count = sys.argv[1], int((sys.argv[2:] + ["1"])[0]), int((sys.argv[3:] + ["10000"])[0])
    maker = Maker(seed)
    cases = [(maker.random.randrange(BEGIN, END), maker.pattern()) for _ in range(count)]
    lines = "".join(f"{after} {NEXT} {pattern}\n" for after, pattern in cases)
    answers = subprocess.run([judge], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(answers) == len(cases), "a line for each case"

    told, never, slips, disagreed = 0, 0, 0, 0
    for (after, pattern), answer in zip(cases, answers):
        ours = ours_of(answer)
        other = theirs(pattern, after)
        if ours == other:
            told += len(other)
            never += not other
        elif ours == walked(pattern, after):
            slips += 1
        else:
            disagreed += 1
            if disagreed <= 10:
                print(f"{pattern}   after {after}: we say {ours}, croniter says {other}")
    print(f"{count} patterns, seed {seed}: {told} due times the same, {never} patterns without any, "
          f"{slips} of croniter's slips, {disagreed} disagreed")
    return 1 if disagreed or slips > count * SLIPS_SHARE_MAX or told < 2 * count else 0


if __name__ == "__main__":
    sys.exit(main())

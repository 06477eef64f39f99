"""differential.py JUDGE [SEED [SCHEMAS]]

Random schemas and values, made here from SEED, judged by JUDGE (our engine) and by Debian's python3-jsonschema.
A disagreement that the list below does not explain is a failure, and is printed with what repeats it.
"""

import json
import random
import subprocess
import sys

import jsonschema

INSTANCES = 10  # a schema
DEPTH = 3
NAMES = ["a", "b", "c", "é", "x-y"]
STRINGS = ["", "a", "ab", "abc", "0", "é", "😀", "a b", "xyz"]
NUMBERS = [0, 1, -1, 2, 3, 10, 1.0, 1.5, -2.5, 1e3, 12345678901234567890]
PATTERNS = ["^a", "b$", "^[a-c]+$", "^$", "[0-9]", "^.$"]
TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"]


class Maker:
    """Schemas and values of one draft. A schema without a type says something of every value, as the standard has it."""

    def __init__(self, seed, is_2020):
        self.random = random.Random(seed)
        self.is_2020 = is_2020

    def maybe(self, share):
        return self.random.random() < share

    def pick(self, things):
        return things[self.random.randrange(len(things))]

    def value(self, depth=DEPTH):
        kind = self.random.randrange(8 if depth > 0 else 5)
        if kind == 0:
            return None
        if kind == 1:
            return self.maybe(0.5)
        if kind <= 3:
            return self.pick(NUMBERS)
        if kind == 4:
            return self.pick(STRINGS)
        if kind == 5:
            return [self.value(depth - 1) for _ in range(self.random.randrange(4))]
        return {self.pick(NAMES): self.value(depth - 1) for _ in range(self.random.randrange(4))}

    def schema(self, depth=DEPTH):
        if depth == 0 or self.maybe(0.08):
            return self.pick([True, False, {}, {"type": self.pick(TYPES)}, {"$ref": "#/$defs/d" if self.is_2020
                                                                          else "#/definitions/d"}])
        schema = {}
        for _ in range(1 + self.random.randrange(3)):
            self.pick(self.parts())(schema, depth - 1)
        return schema

    def parts(self):
        parts = [self.type, self.choice, self.number, self.string, self.array, self.list, self.object, self.object,
                 self.names, self.combination, self.condition, self.contains, self.reference]
        return parts + [self.unevaluated, self.dependent, self.prefix] if self.is_2020 else parts + [self.dependencies]

    def type(self, schema, _):
        schema["type"] = self.pick(TYPES) if self.maybe(0.6) else sorted({self.pick(TYPES), self.pick(TYPES)})

    def choice(self, schema, _):
        if self.maybe(0.5):
            schema["const"] = self.value(2)
        else:
            schema["enum"] = [self.value(2) for _ in range(1 + self.random.randrange(4))]

    def number(self, schema, _):
        word = self.pick(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"])
        schema[word] = self.pick([1, 2, 3, 0.5]) if word == "multipleOf" else self.pick(NUMBERS)

    def string(self, schema, _):
        word = self.pick(["minLength", "maxLength", "pattern"])
        schema[word] = self.pick(PATTERNS) if word == "pattern" else self.random.randrange(4)

    def array(self, schema, _):
        word = self.pick(["minItems", "maxItems", "uniqueItems"])
        schema[word] = True if word == "uniqueItems" else self.random.randrange(4)

    def list(self, schema, depth):
        if self.is_2020 or self.maybe(0.6):
            schema["items"] = self.schema(depth)
        else:
            schema["items"] = [self.schema(depth) for _ in range(1 + self.random.randrange(3))]
            if self.maybe(0.5):
                schema["additionalItems"] = self.schema(depth)

    def prefix(self, schema, depth):
        schema["prefixItems"] = [self.schema(depth) for _ in range(1 + self.random.randrange(3))]

    def contains(self, schema, depth):
        schema["contains"] = self.schema(depth)
        if self.is_2020 and self.maybe(0.5):
            schema["minContains"] = self.random.randrange(3)
            schema["maxContains"] = self.random.randrange(4)

    def object(self, schema, depth):
        schema["properties"] = {self.pick(NAMES): self.schema(depth) for _ in range(1 + self.random.randrange(3))}
        if self.maybe(0.4):
            schema["required"] = sorted({self.pick(NAMES), self.pick(NAMES)})
        if self.maybe(0.4):
            schema["additionalProperties"] = self.schema(depth)
        if self.maybe(0.3):
            schema["patternProperties"] = {self.pick(PATTERNS): self.schema(depth)}

    def names(self, schema, depth):
        word = self.pick(["minProperties", "maxProperties", "propertyNames"])
        schema[word] = self.schema(depth) if word == "propertyNames" else self.random.randrange(4)

    def combination(self, schema, depth):
        word = self.pick(["allOf", "anyOf", "oneOf", "not"])
        several = [self.schema(depth) for _ in range(1 + self.random.randrange(3))]
        schema[word] = several[0] if word == "not" else several

    def condition(self, schema, depth):
        schema["if"] = self.schema(depth)
        schema["then"] = self.schema(depth)
        if self.maybe(0.7):
            schema["else"] = self.schema(depth)

    def reference(self, schema, _):
        schema["$ref"] = "#/$defs/d" if self.is_2020 else "#/definitions/d"

    def unevaluated(self, schema, depth):
        schema[self.pick(["unevaluatedProperties", "unevaluatedItems"])] = self.pick([False, self.schema(depth)])

    def dependent(self, schema, depth):
        if self.maybe(0.5):
            schema["dependentRequired"] = {self.pick(NAMES): [self.pick(NAMES)]}
        else:
            schema["dependentSchemas"] = {self.pick(NAMES): self.schema(depth)}

    def dependencies(self, schema, depth):
        schema["dependencies"] = {self.pick(NAMES): [self.pick(NAMES)] if self.maybe(0.5) else self.schema(depth)}

    def case(self):
        schema = self.schema()
        if not isinstance(schema, dict):
            schema = {"allOf": [schema]}
        definitions = "$defs" if self.is_2020 else "definitions"
        # What is referred to refers to nothing: no ring can come about.
        schema[definitions] = {"d": self.pick([{"type": "string"}, {"minimum": 1}, {"required": ["a"]}, True, False])}
        schema["$schema"] = ("https://json-schema.org/draft/2020-12/schema" if self.is_2020
                             else "http://json-schema.org/draft-07/schema#")
        return {"schema": schema, "instances": [self.value() for _ in range(INSTANCES)]}


def holds_word(schema, words):
    if isinstance(schema, dict):
        return any(key in words or holds_word(value, words) for key, value in schema.items())
    return isinstance(schema, list) and any(holds_word(value, words) for value in schema)


# What python3-jsonschema is known to do otherwise than the standard; each with a test of whether a schema may meet it.
EXPLAINED = [
    ("python3-jsonschema 4.10 finds out afterwards, by trying, what has been evaluated: not through every combination",
     lambda schema: holds_word(schema, {"unevaluatedProperties", "unevaluatedItems"})),
]


def theirs(validator, instance):
    try:
        return validator.is_valid(instance)
    except Exception as error:  # uniqueItems sorts, and "a" < 1 is none of Python's questions: no second opinion
        return f"{type(error).__name__}: {error}"


def main():
    judge, seed, schemas = sys.argv[1], int((sys.argv[2:] + ["1"])[0]), int((sys.argv[3:] + ["600"])[0])
    cases = []
    for name, is_2020, validator in (("2020-12", True, jsonschema.Draft202012Validator),
                                     ("7", False, jsonschema.Draft7Validator)):
        maker = Maker(f"{seed} {name}", is_2020)
        cases += [(name, validator, maker.case()) for _ in range(schemas)]
    lines = "".join(json.dumps(case) + "\n" for _, _, case in cases)
    answers = subprocess.run([judge], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(answers) == len(cases), "a line for each case"

    counts = {"agreed": 0, "accepted": 0, "explained": 0, "no opinion": 0, "disagreed": 0}
    for (name, make, case), answer in zip(cases, answers):
        validator = make(case["schema"])
        for number, instance in enumerate(case["instances"]):
            ours = answer if answer.startswith("refused") else answer[number] == "1"
            other = theirs(validator, instance)
            if ours == other:
                counts["agreed"] += 1
                counts["accepted"] += ours is True
            elif isinstance(other, str):
                counts["no opinion"] += 1
            elif any(may_meet(case["schema"]) for _, may_meet in EXPLAINED):
                counts["explained"] += 1
            else:
                counts["disagreed"] += 1
                if counts["disagreed"] <= 10:
                    print(f"draft {name}: we say {ours}, jsonschema says {other}\n"
                          f"  schema   {json.dumps(case['schema'], ensure_ascii=False)}\n"
                          f"  instance {json.dumps(instance, ensure_ascii=False)}")
    print(f"seed {seed}, jsonschema {jsonschema.__version__}: " +
          ", ".join(f"{count} {what}" for what, count in counts.items()))
    total = len(cases) * INSTANCES
    # The comparison is worth something only while both verdicts occur and hardly anything needs an excuse.
    dull = not total * 0.1 < counts["accepted"] < total * 0.9 or counts["explained"] + counts["no opinion"] > total * 0.02
    if dull:
        print("the cases are too one-sided, or too many need an excuse")
    return 1 if counts["disagreed"] or dull else 0


if __name__ == "__main__":
    sys.exit(main())

"""Every diagnostic code: its title and what it means, so that each has a page in the docs.

A code never changes its meaning and is never used again for another one. Gaps are left between the groups so that a
new code finds its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """A stable code (`DL012`), its title and one paragraph: what is wrong, why it matters, what to do."""

    id: str
    title: str
    text: str

    @property
    def page(self) -> str:
        """Where the documentation of driftline explains it, from the project's root."""
        return f"docs/reference/codes/{self.id}.md"


# Files and YAML ------------------------------------------------------------------------------------------------------

UNREADABLE_FILE = Code(
    "DL001",
    "A file cannot be read",
    "The file does not exist, is a folder, or may not be opened. Correct the path; without one, `monitors.yaml` in the "
    "current folder is read.",
)
NOT_TEXT = Code(
    "DL002",
    "A file is not UTF-8 text",
    "A configuration is UTF-8 text, with or without a byte order mark. Other encodings, binary data and control "
    "characters are refused, since a name read wrongly would change what is monitored.",
)
SYNTAX = Code(
    "DL003",
    "The YAML cannot be parsed",
    "The text is not YAML. Often a text needs quotes: one that starts with `*`, `@`, `%` or `>`, one that holds "
    "`: ` or ` #`, and, inside braces, one that holds a comma or `${…}`. Only the first syntax error of a file is "
    "reported.",
)
DUPLICATE_KEY = Code(
    "DL004",
    "A key is written twice in one map",
    "YAML readers silently let the last one win, so one of the two would have no effect. Remove one or merge them.",
)
LIMIT = Code(
    "DL005",
    "A file is too large, too deep, or expands too far",
    "Files are limited in size and nesting, and aliases in how much they expand to, so that validation always ends "
    "quickly. Split a large configuration with `include`.",
)
NOT_A_MAP = Code(
    "DL006",
    "A file is not one YAML map",
    "A configuration is one document whose top level is a map of sections (`version: 1`, `sources:`, …). Empty files, "
    "lists, single values and several documents divided by `---` are refused.",
)
BAD_KEY = Code(
    "DL007",
    "A key is not a plain text",
    "Keys are texts. A list, a map or nothing at all cannot be a key; `<<` takes a map or a list of maps.",
)
BAD_ALIAS = Code(
    "DL008",
    "An alias does not refer to an anchor",
    "`*name` stands for the value that `&name` marks earlier in the same file. A text that starts with `*`, such as a "
    "glob, must be quoted.",
)
TAG = Code(
    "DL009",
    "A YAML tag is used",
    "Tags such as `!!str` or `!custom` are not part of the language: the place of a value decides how it is read.",
)
UNSET_VARIABLE = Code(
    "DL010",
    "An environment variable is not set",
    "`${NAME}` has no value and no default. Set the variable, write `${NAME:-default}`, or validate with "
    "`--allow-missing-env` where the environment is not at hand.",
)
UNREADABLE_SECRET = Code(
    "DL011",
    "A secret file cannot be read",
    "`${file:/run/secrets/name}` names a file that does not exist or may not be opened. The path is absolute, or "
    "relative to the file that names it.",
)
UNKNOWN_KEY = Code(
    "DL012",
    "A key is not known here",
    "The key is not part of the language at this place, so it would have no effect: a typo, or a key that belongs "
    "elsewhere. Keys that start with `x-` are ignored.",
)
BAD_SUBSTITUTION = Code(
    "DL013",
    "A substitution is malformed",
    "Substitutions are `${NAME}`, `${NAME:-default}` and `${file:/path}`. To write `${` as text, write `$${`.",
)
MISSING_INCLUDE = Code(
    "DL014",
    "An included file does not exist",
    "Paths in `include` are relative to the file that names them.",
)
INCLUDE_CYCLE = Code(
    "DL015",
    "Files include each other in a circle",
    "A file may not include itself, directly or through others.",
)
INCLUDE_ESCAPE = Code(
    "DL016",
    "An included file lies outside of the root file's folder",
    "Includes stay inside the folder of the root file, also when symbolic links are followed, so that a configuration "
    "is one tree that can be reviewed and moved as a whole.",
)
DEFINED_TWICE = Code(
    "DL017",
    "A name is defined in two files",
    "Names are shared by all included files. Rename one of the two, or remove it.",
)
VERSION = Code(
    "DL018",
    "The version is missing or not known",
    "The root file says `version: 1`. The number changes only when the meaning of a file does.",
)

# Shape and scalars ---------------------------------------------------------------------------------------------------

WRONG_SHAPE = Code(
    "DL020",
    "A map, a list or a single value stands where another is needed",
    "The place takes another form of value. A map is `{key: value}`, a list `[a, b]`.",
)
WRONG_VALUE = Code(
    "DL021",
    "A value cannot be read as what its place takes",
    "The place of a value decides how its text is read: as text, a number, a ratio (`20%`), `true|false`, a duration "
    "(`15m`, `6h`, `1d`, `1w`, `1mo`) or an instant.",
)
OUT_OF_BOUNDS = Code("DL022", "A value is too small or too large", "The value lies outside of the stated bounds.")
NOT_A_CHOICE = Code("DL023", "A value is not one of the choices", "The place takes one of a fixed set of words.")
MISSING_KEY = Code("DL024", "A required key is missing", "The definition cannot be used without this key.")
EMPTY_VALUE = Code(
    "DL025",
    "A value is missing",
    "The key has no value (`null`). Remove the key to get its default. A `#` after a space starts a comment, and a "
    "comma inside braces ends a value: quote texts that hold them.",
)
BAD_NAME = Code(
    "DL026",
    "A name is not allowed",
    "Names may not be empty or hold `*`, `?`, `[`, `]`, `/` or `=`: they could not be told from globs, or read back "
    "from the identity of a series.",
)
UNKNOWN_TIMEZONE = Code(
    "DL027",
    "A time zone is not known",
    "Time zones are IANA names such as `UTC` or `Europe/Oslo`.",
)
EXCLUSIVE_KEYS = Code(
    "DL028",
    "Exactly one of several keys is needed",
    "The keys exclude each other, or none of them is there: which one is meant cannot be told.",
)
UNCLEAR_SOURCE_TYPE = Code(
    "DL030",
    "The type of a source cannot be told",
    "The type follows from the extension of `path`, or from `query`. Otherwise write `type`.",
)
SIBLING_OVERRIDES = Code(
    "DL031",
    "Two overrides of equal rank set the same key",
    "Later wins in one file, and the including file wins over the included one. Between two files of which neither "
    "includes the other nothing says which one is meant, so an exception that both state is an error at both places.",
)
UNUSABLE_OVERRIDE = Code(
    "DL032",
    "An override sets what cannot be set there",
    "Some keys decide what is measured at all, so they cannot differ by column, class or segment; `params` belong to "
    "one check, so the matcher has to name it.",
)
BAD_HOURS = Code(
    "DL033",
    "Hours that are not understood",
    "The hours of a calendar are days and times, such as `mon-fri 09:00-17:00`, or several of these as a list.",
)
BAD_SCHEDULE = Code(
    "DL034",
    "A schedule that is not understood",
    "`schedule` is a cron expression of five fields: minute, hour, day of the month, month, day of the week.",
)
BAD_SPAN = Code(
    "DL035",
    "An end that is not after its start",
    "Intervals are half-open: `start` belongs to them, `end` does not, so the end lies after the start.",
)
REMOVES_NOTHING = Code(
    "DL036",
    "A `null` in an environment that removes nothing",
    "`null` removes what the other files declare. Nothing has this name there, so it is likely misspelt.",
)
UNKNOWN_CALENDAR = Code("DL037", "A calendar is not declared", "The name is not one of `calendars`.")
UNKNOWN_ACTION = Code("DL038", "An action is not declared", "The name is not one of `actions`.")

# Names ---------------------------------------------------------------------------------------------------------------

UNKNOWN_SOURCE = Code("DL040", "A source is not declared", "The name is not one of `sources`.")
UNKNOWN_MODEL = Code("DL041", "A model is not declared", "The name is not one of `models`.")
UNKNOWN_WINDOW = Code(
    "DL042", "A window is not declared", "The text is neither one of `windows` nor a duration such as `7d`."
)
UNKNOWN_BASELINE = Code(
    "DL043",
    "A baseline is not declared",
    "The text is neither one of `baselines`, nor one of `sources`, nor `previous`.",
)
UNKNOWN_THRESHOLD = Code("DL044", "A threshold is not declared", "The name is not one of `thresholds`, and not `none`.")
UNKNOWN_METRIC = Code("DL045", "A metric is not declared", "The name is not one of `metrics`.")
UNKNOWN_CHANNEL = Code("DL046", "A channel is not declared", "The name is not one of `channels`.")
UNKNOWN_CHECK = Code(
    "DL047",
    "A check does not exist",
    "The name is not a kind of check: neither a built-in one nor one of an installed plug-in. A team's own folder of "
    "plug-ins is named with `--plugins` or DRIFTLINE_PLUGINS.",
)
UNKNOWN_SEGMENT = Code(
    "DL049", "A segment is not declared", "The name is not one of the model's `segments`, and not `overall`."
)
UNKNOWN_SOURCE_TYPE = Code(
    "DL050",
    "A type of source does not exist",
    "The name is not a kind of source: neither a built-in one nor one of an installed plug-in.",
)

# Meaning -------------------------------------------------------------------------------------------------------------

WRONG_TASK = Code(
    "DL060",
    "A check does not fit the model's task",
    "Performance checks say for which tasks they are defined. Declare the model's `task`, or choose another check. A "
    "model that a glob or a matcher selects is left out instead.",
)
MISSING_ROLE = Code(
    "DL061",
    "A model lacks a role that a check reads",
    "The check reads the model through its roles (`score`, `prediction`, `target`, …). Say in `roles` which "
    "column it is.",
)
MISSING_LABELS = Code(
    "DL062",
    "A model has no labels",
    "The check is about labels, and the model does not say where they come from: `labels: {source: …, delay: …}`.",
)
NO_BASELINE = Code(
    "DL063",
    "A comparison has no baseline",
    "The check, or `compare: change|difference`, compares the window with a baseline, and neither the monitor, nor its "
    "model, nor `defaults` names one.",
)
NO_THRESHOLD = Code(
    "DL064",
    "A monitor has no threshold",
    "The check has no default threshold, so nothing could ever be judged. Write one, or `threshold: none` to "
    "record only.",
)
INVERTED_THRESHOLD = Code(
    "DL065",
    "A threshold is inverted",
    "Critical would be reached before warning, or every value would breach.",
)
OUTSIDE_RANGE = Code(
    "DL066",
    "A bound lies outside of what the check can read",
    "Every check declares the smallest and largest value it can have. The bound could never, or would always, be "
    "breached. Often a percentage is meant: `80%` is 0.8.",
)
WRONG_DIRECTION = Code(
    "DL067",
    "A threshold guards the harmless side",
    "For some checks a high value is bad, for others a low one. The threshold would alert when things are good.",
)
RECOVERY_INSIDE_BREACH = Code(
    "DL068",
    "The recovery bound lies inside the breach",
    "`recovery` says when a firing alert is over; it has to be at least as far on the good side as the weakest level.",
)
WRONG_UNIT = Code(
    "DL069",
    "A bound's unit is not the check's",
    "A duration is a bound for checks that read a time (freshness, latency), and for metrics.",
)
BAD_VALIDITY = Code(
    "DL071",
    "A rule of validity cannot be met",
    "No value could be valid, or the rule itself is not well formed.",
)
SQL_SYNTAX = Code("DL072", "SQL that does not parse", "The text is not an SQL expression.")
SQL_NOT_POSSIBLE = Code(
    "DL073",
    "SQL that cannot stand here",
    "A metric is read from profiles that merge, so it is arithmetic over SUM, COUNT, AVG, MIN, MAX, STDDEV, VARIANCE, "
    "MEDIAN, QUANTILE_CONT and COUNT(DISTINCT column), with CASE or FILTER inside of them: OVER, sub-queries, other "
    "aggregates and columns outside of an aggregate are not possible. A condition looks at one row, "
    "so it holds no aggregates.",
)
PRIVATE_SEGMENT = Code(
    "DL074",
    "A segment by a private column",
    "The values of the column would become the names of segments, in results and notices, and of a private column no "
    "value is kept, shown or sent. Divide by another column, or by a condition (`where`).",
)
NO_CLASSES = Code(
    "DL075",
    "A check cannot be split by class",
    "`classes` makes one series per class, for checks that are defined for a single class.",
)
NO_COLUMNS = Code(
    "DL076",
    "A monitor cannot be split as written",
    "`columns` and `segments` make series for checks and subjects that have them: a check of a model takes no columns, "
    "a monitor of a source takes no segments.",
)
NO_MODEL = Code(
    "DL077",
    "A monitor has nothing to monitor",
    "Without `model` or `source`, a monitor is bound to `defaults.model`, else to the models in its own file.",
)
MAX_DELAY = Code(
    "DL078",
    "`max_delay` is shorter than `delay`",
    "`delay` is when labels are first looked at, `max_delay` until when they may change a judgement.",
)
UNUSABLE_KEY = Code(
    "DL079",
    "A key has no meaning here",
    "The key is known, but not for this kind of monitor or matcher.",
)

# Warnings ------------------------------------------------------------------------------------------------------------

UNUSED = Code("DL080", "A definition that nothing uses", "Remove it, or use it where it was meant to be used.")
MATCHES_NOTHING = Code(
    "DL081", "A matcher or glob that matches nothing", "Nothing that is declared has such a name, tag or kind."
)
PERCENTAGE = Code(
    "DL082",
    "A percentage that is written as a number",
    "A ratio of 20 is 2000 %. If 20 % is meant, write `20%` or `0.2`.",
)
UNROUTED = Code(
    "DL083",
    "Alerts that no route matches",
    "When there are routes, an alert that none of them matches is told to nobody. Add a route, or say `alert: {route: "
    "false}` on the monitor.",
)
SUSPICIOUS_COLUMN = Code(
    "DL084",
    "A column whose name is nearly that of a selection",
    "The text is read as the name of a column; a group or a selection such as `features` is spelt nearly the same.",
)
EMPTY_INCLUDE = Code("DL085", "A glob in `include` that finds no file", "Nothing is included by it; is it a typo?")
SELF_BASELINE = Code(
    "DL086",
    "A model that is compared with itself",
    "The baseline is the source that is monitored, so the window is part of what it is compared with, and drift hides. "
    "Name a training set, or a baseline of type `trailing` or `previous`.",
)
SLOW_ALERT = Code(
    "DL087",
    "An alert that cannot fire within a week",
    "The delay of the labels and the windows that `for` asks for add up: the earliest alert comes more than a week "
    "after the onset.",
)
PLANNED_ONLY = Code(
    "DL088",
    "A key that does not act yet",
    "The key is part of the language; it is checked and shown by `plan`, but this version does not act on it. The "
    "message says what happens instead.",
)

NO_SERIES = Code(
    "DL089",
    "A matcher for a column that no series has",
    "An override, route, silence, inhibition or incident is for a column that none of the monitors it matches "
    "measures, so nothing ever comes of it. `validate` finds it where the files name all columns of these monitors (a "
    "model that lists its `features`, or `columns` by name); `validate --data` and the notes of `plan` always find it.",
)
ASSUMED_EARLY = Code(
    "DL090",
    "Labels that are assumed absent while they may still come",
    "With `absent`, a row that has no label after `delay` gets that target. Where labels may come until `max_delay`, "
    "those that come in between were counted as absent when the window was judged, so positives are missing in every "
    "reading. Let `delay` be as long as labels take; or, if an early reading is worth more than an exact one, leave "
    "`max_delay` out.",
)
BREACHED_UNCHANGED = Code(
    "DL091",
    "A comparison that is breached when nothing changes",
    "`difference`, `change` and `deviations` are 0 where the reading equals that of the baseline, and have a sign: a "
    "fall is negative. `below: 5%` is breached by every reading that has not risen by 5 %; a fall of more than 5 % is "
    "`below: -5%`.",
)

# Found by a look at the data (`validate --data`) ----------------------------------------------------------------------

UNREADABLE_SOURCE = Code(
    "DL100",
    "A source that cannot be opened",
    "There is no such file or table, a glob finds nothing, a file is broken, a server does not answer, or the query is "
    "refused. Monitors that read the source would end with the status `error`. Only a warning where the environment "
    "that would say its address is not there.",
)
NO_SUCH_COLUMN = Code(
    "DL101",
    "A column that the source does not have",
    "A role, timestamp, feature, group, segment, rule, metric or monitor names a column that neither the source nor "
    "its labels have. What reads it would end with the status `error`. Names are case-sensitive.",
)
WRONG_COLUMN_TYPE = Code(
    "DL102",
    "A column of a type that does not suit",
    "The data has the column with a type that cannot be what is asked of it: a timestamp that is no time, a score that "
    "is no number, a `min` on text, a check of numbers on categories. Name another column, declare the type that it "
    "has, or convert it where it is written.",
)
LABEL_KEY_TYPE = Code(
    "DL103",
    "A label key of another type than the id",
    "Labels are joined to rows where key and id are equal. Where one is text and the other a number, a key that does "
    "not convert exactly finds no row, and its label is lost. Write both with one type.",
)
BASELINE_LACKS = Code(
    "DL104",
    "A baseline without columns that are compared",
    "The source that serves as the baseline has not all the columns that monitors compare, so that those series would "
    "end with the status `error`. Name another baseline, or leave the columns out.",
)
FITS_NO_COLUMN = Code(
    "DL105", "A glob that fits no column", "No column of the source, or of its labels, has a name of that form."
)
UNUSABLE_CONDITION = Code(
    "DL106",
    "A condition that cannot be evaluated",
    "The SQL is well formed, and with the columns that the data has it is not a condition: it compares a text with a "
    "number, calls a function that there is not, or gives a value that is neither true nor false.",
)
MEASURES_NOTHING = Code(
    "DL107",
    "A monitor that measures nothing",
    "Its selection reaches columns of the data that the check does not fit, or none at all. `plan` lists each with the "
    "reason.",
)

# Scenarios -----------------------------------------------------------------------------------------------------------

SCENARIO_SOURCE = Code(
    "DL120",
    "A scenario has data for a source that is not declared",
    "The names under `data`, and the `source` of an event, are those of `sources` in the configuration that is tested.",
)
SCENARIO_NO_DATA = Code(
    "DL121",
    "A source has no data in a scenario",
    "A scenario never reads what a configuration's sources point to, so each source that a monitor reads needs data "
    "of its own, unless `select` leaves its monitors out: `rows`, `files`, or `labels` of another source.",
)
SCENARIO_COLUMN = Code(
    "DL122",
    "A column of a scenario cannot be drawn",
    "A column may be made from others of the same source (`predicts`, `of`, `from`), which must exist and must not be "
    "made from it in turn.",
)
SCENARIO_EVENT = Code(
    "DL123",
    "An event that nothing comes of",
    "The event touches no column, no row or no time of the timeline, or does not say what changes: the case would test "
    "something else than what is written.",
)
SCENARIO_TIMELINE = Code(
    "DL124",
    "A timeline is not complete",
    "A timeline has a `start` and a number of `days`, and the engine runs `at` a time of day, `every` so often, or at "
    "the instants under `runs`. What a file leaves open, each of its cases has to say.",
)
SCENARIO_EXPECTATION = Code(
    "DL125",
    "An expectation that can never be met",
    "No run comes at or after the moment, a matcher or notice names what does not exist, or a case expects nothing.",
)
SCENARIO_FILES = Code(
    "DL126",
    "The files of a scenario cannot be used",
    "`files` is the path or glob of Parquet or CSV files, relative to the scenario.",
)
SCENARIO_ENVIRONMENT = Code(
    "DL127",
    "A scenario that does not choose one of the environments",
    "The configuration that is tested declares environments, so the scenario has to say which one it is about; or it "
    "names one that is not declared.",
)

# Former names --------------------------------------------------------------------------------------------------------

STILL_THERE = Code(
    "DL140",
    "A former name that is still in use",
    "`was` gives the alerts and the history of a former name to the present one. While something is declared under the "
    "former name, they are its own. Remove the old definition, or the `was`.",
)
RENAMED_TWICE = Code(
    "DL141",
    "A former name that two definitions claim",
    "The alerts and the history of a name can be carried over to one definition only. Keep `was` on that one.",
)

# Secrets -------------------------------------------------------------------------------------------------------------

SHOWN_SUBSTITUTION = Code(
    "DL170",
    "A substitution where values are shown",
    "What `${…}` stands for is secret: no output, log, notice or store ever holds it. So it may only stand where "
    "nothing shows it: in the `url`, `path`, `query` and `storage` of a source, the `url` of a channel, the `url` and "
    "`headers` of an action, in `store` and in `include`. A name, a number or a time that differs from place to place "
    "is written under `environments`.",
)

# Baselines and incidents ---------------------------------------------------------------------------------------------

OVERLAPPING_PERIODS = Code(
    "DL180",
    "A seasonal baseline that overlaps its window",
    "The windows of a seasonal baseline lie one period and more before the one that is judged. With a period shorter "
    "than the window they would share rows with it, and drift would hide.",
)
INCOMPARABLE = Code(
    "DL181",
    "A comparison that can never be made",
    "`compare` holds a reading against the same reading of the baseline, `deviations` against that of at least eight "
    "windows. A check that is a distance itself, or that has no window, has no such reading; `previous` is one window, "
    "and a source without a timestamp has none.",
)
FEW_WINDOWS = Code(
    "DL182",
    "A baseline of fewer than eight windows for `deviations`",
    "How much readings usually differ is told by at least eight of them. With fewer the verdict would always be "
    "`insufficient_data`.",
)
BASELINE_IN_INCIDENT = Code(
    "DL183",
    "A baseline that lies in an incident",
    "The rows of an incident are left out of baselines. Nothing is left of this one, so the verdict would always be "
    "`no_data`.",
)

# Labels --------------------------------------------------------------------------------------------------------------

UNTIMED_LABELS = Code(
    "DL230",
    "`max_delay` of labels that nothing dates",
    "Until `max_delay` a window is judged again as labels come, and labels that come later do not count. The timestamp "
    "of the label source says when each of them came. Without one all labels count from the start: no window is judged "
    "again, and a run as of an earlier day sees labels that nobody had then. Name the column that holds the time of "
    "the label: `timestamp: landed_at`.",
)
IDLE_MIN_LABELLED = Code(
    "DL231",
    "A `min_labelled` that never decides anything",
    "`min_labelled` is how many of a window's rows must have a label. It decides nothing where no label is read, and "
    "nothing where every row has one: with `absent`, rows without a label get a target.",
)

# Significance --------------------------------------------------------------------------------------------------------

IDLE_SIGNIFICANCE = Code(
    "DL240",
    "A `significance` that never decides anything",
    "`significance` holds a breach back that chance would make as well. That is told by a p-value, which distances "
    "bring with them, or by the standard error of a metric, a rate or a mean. A count, a quantile or a metric in SQL "
    "has neither, and `deviations` measure chance themselves: how much readings usually differ.",
)
UNUSABLE_BLOCK = Code(
    "DL241",
    "Blocks that a comparison cannot be cut into",
    "With `significance: {block: 1d}` what is independent are days, not rows: window and baseline are cut into blocks "
    "of that length, which are exchanged with each other. So a window must be made of whole blocks, and both sides "
    "need a timestamp.",
)
FEW_BLOCKS = Code(
    "DL242",
    "Too few blocks to tell a change from chance",
    "How much blocks differ when nothing has changed is learnt from the blocks of window and baseline together. With "
    "so few of them no breach could ever be significant, and the verdict of each would be `insufficient_data`.",
)

# Explanation ---------------------------------------------------------------------------------------------------------

IMPORTANCE_OF_NO_FEATURE = Code(
    "DL250",
    "An importance of a column that is no feature",
    "`importance` says how much the model leans on its features, so that drift of its predictions is explained by "
    "drift × importance. A column with a role, or one that `features` leaves out, is no input: its number says "
    "nothing.",
)
IDLE_IMPORTANCE = Code(
    "DL251",
    "Importances that are all 0",
    "Features are ranked by drift × importance. Where every importance is 0 all products are, and nothing explains the "
    "predictions. Any scale will do: gains, mean |SHAP| values, permutation importances. Without `importance` features "
    "are ranked by drift alone.",
)


CODES: Mapping[str, Code] = {code.id: code for code in list(globals().values()) if isinstance(code, Code)}

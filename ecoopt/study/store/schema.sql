-- A study's store. One row per run; beside it the trace of its incumbents and bounds, its schedule and its machine.
-- Only the driver of the study writes, a run in one transaction; whoever reads sees finished runs whole.
PRAGMA application_id = 1162037072;  -- "ECOP"
PRAGMA user_version = 1;

CREATE TABLE study (
    key TEXT PRIMARY KEY,          -- name, description, file (the study as JSON), jobs
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE instances (
    digest TEXT PRIMARY KEY,
    family TEXT NOT NULL,
    name TEXT NOT NULL,
    options TEXT,                  -- arguments of the generator as JSON, NULL for one that was read from a file
    content BLOB                   -- the instance as zstd JSON, NULL where the generator makes it again
) WITHOUT ROWID;

CREATE TABLE generated (           -- what generators have made, so that planning again is quick
    arguments TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    name TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE plan (                -- the runs of the study as it was last planned
    place INTEGER PRIMARY KEY,
    run TEXT NOT NULL UNIQUE,
    family TEXT NOT NULL,
    instance_digest TEXT NOT NULL,
    instance_name TEXT NOT NULL,
    method TEXT NOT NULL,
    label TEXT NOT NULL,
    seed INTEGER NOT NULL,
    seconds REAL                   -- limit of the run's budget
);

CREATE TABLE at_work (             -- runs under way; left over where the driver was killed
    run TEXT PRIMARY KEY,
    since_utc TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE runs (
    run TEXT PRIMARY KEY,          -- digest of all that makes it this run; see ecoopt.study.keys
    family TEXT NOT NULL,
    instance_digest TEXT NOT NULL,
    instance_name TEXT NOT NULL,
    method TEXT NOT NULL,
    kind TEXT NOT NULL,
    sense TEXT NOT NULL,
    options TEXT NOT NULL,
    options_digest TEXT NOT NULL,
    seed INTEGER NOT NULL,
    budget TEXT NOT NULL,
    code_version TEXT NOT NULL,
    status TEXT NOT NULL,
    termination TEXT NOT NULL,
    objective REAL,
    claimed_objective REAL,
    bound REAL,
    wall_s REAL NOT NULL,
    cpu_s REAL NOT NULL,
    iterations INTEGER NOT NULL,
    evaluations INTEGER NOT NULL,
    notes TEXT NOT NULL,
    details TEXT NOT NULL,
    versions TEXT NOT NULL,
    score TEXT,
    machine TEXT NOT NULL REFERENCES machines,
    finished_utc TEXT NOT NULL,
    schedule_digest TEXT REFERENCES schedules
) WITHOUT ROWID;

CREATE TABLE traces (
    run TEXT PRIMARY KEY REFERENCES runs,
    content BLOB NOT NULL          -- zstd JSON: a list each of seconds, iteration, incumbent, bound
);

CREATE TABLE schedules (
    digest TEXT PRIMARY KEY,
    content BLOB NOT NULL          -- the schedule as zstd JSON
);

CREATE TABLE machines (
    digest TEXT PRIMARY KEY,
    content TEXT NOT NULL          -- processor, cores, memory, system as JSON
) WITHOUT ROWID;

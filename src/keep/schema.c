/* The schema of the registry, version by version. A text that was once in a release is never changed: what comes is a
 * further one, so that a registry of any age is led to the newest step by step. */
#include "src/keep/store.h"

#ifdef HAVE_SQLITE
static const char first[] =
    "CREATE TABLE models(name TEXT NOT NULL, version INTEGER NOT NULL CHECK(version > 0),"
    " stage TEXT NOT NULL CHECK(stage IN ('candidate','champion','retired')), sha256 TEXT NOT NULL CHECK(length(sha256) = 64),"
    " model TEXT NOT NULL, dataset TEXT NOT NULL, metric TEXT NOT NULL, value REAL, saved TEXT NOT NULL,"
    " PRIMARY KEY(name, version)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX one_champion ON models(name) WHERE stage = 'champion';"
    "CREATE TRIGGER models_stay BEFORE DELETE ON models BEGIN SELECT RAISE(ABORT, 'versions are never deleted'); END;"
    "CREATE TRIGGER models_fixed BEFORE UPDATE OF name, version, sha256, model, dataset, metric, value, saved ON models"
    " BEGIN SELECT RAISE(ABORT, 'versions do not change'); END;"
    "CREATE TABLE journal(number INTEGER PRIMARY KEY, at TEXT NOT NULL, event TEXT NOT NULL, name TEXT NOT NULL,"
    " version INTEGER NOT NULL, sha256 TEXT NOT NULL, why TEXT NOT NULL, hash TEXT NOT NULL) STRICT;"
    "CREATE TRIGGER journal_stays BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;"
    "CREATE TRIGGER journal_fixed BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;";

/* Where a version came from (the version it was retrained from, 0: none; the SHA-256 of its data), when its file was
 * removed ('': it is there). The rules of the registry hold for whoever writes with another program, too. */
static const char second[] =
    "ALTER TABLE models ADD COLUMN parent INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE models ADD COLUMN data TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE models ADD COLUMN gone TEXT NOT NULL DEFAULT '';"
    "DROP TRIGGER models_fixed;"
    "CREATE TRIGGER models_fixed BEFORE UPDATE OF name, version, sha256, model, dataset, metric, value, saved, parent, data ON models"
    " BEGIN SELECT RAISE(ABORT, 'versions do not change'); END;"
    "CREATE TRIGGER models_next BEFORE INSERT ON models"
    " WHEN NEW.version <> (SELECT coalesce(max(version), 0) + 1 FROM models WHERE name = NEW.name)"
    " BEGIN SELECT RAISE(ABORT, 'versions have no gaps'); END;"
    "CREATE TRIGGER models_file BEFORE UPDATE OF gone ON models WHEN OLD.stage <> 'retired' OR OLD.gone <> ''"
    " BEGIN SELECT RAISE(ABORT, 'only the file of a retired version is removed, once'); END;"
    "CREATE TRIGGER models_back BEFORE UPDATE OF stage ON models WHEN NEW.stage <> 'retired' AND OLD.gone <> ''"
    " BEGIN SELECT RAISE(ABORT, 'a version without a file stays retired'); END;"
    "CREATE INDEX journal_names ON journal(name, number);";

/* Runs, and their points as bytes (src/keep/runs.c says how); what is not finite is NULL. Files of data that versions were
 * retrained on lie among the objects. */
static const char third[] =
    "CREATE TABLE runs(number INTEGER PRIMARY KEY, at TEXT NOT NULL, dataset TEXT NOT NULL, data TEXT NOT NULL, model TEXT NOT NULL,"
    " what TEXT NOT NULL, status TEXT NOT NULL, settings TEXT NOT NULL, commands TEXT NOT NULL, epoch REAL, train_loss REAL,"
    " validation_loss REAL, objective REAL, gradient_norm REAL, seconds REAL, updates INTEGER NOT NULL, seed INTEGER NOT NULL,"
    " points INTEGER NOT NULL) STRICT;"
    "CREATE TABLE points(run INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"
    "CREATE TABLE data(sha256 TEXT PRIMARY KEY CHECK(length(sha256) = 64), name TEXT NOT NULL, bytes INTEGER NOT NULL, at TEXT NOT NULL)"
    " STRICT, WITHOUT ROWID;";

/* What models were trained on: a source by its SHA-256, with the commands that made the rows out of it ('': as it is), and
 * the figures of its columns (JSON, as describe tells them). */
static const char fourth[] =
    "CREATE TABLE datasets(sha256 TEXT NOT NULL, made TEXT NOT NULL, name TEXT NOT NULL, path TEXT NOT NULL, rows INTEGER NOT NULL,"
    " columns INTEGER NOT NULL, profile TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY(sha256, made)) STRICT, WITHOUT ROWID;";

const char *const bl_store_schemas[BL_STORE_VERSION] = { first, second, third, fourth };
#endif

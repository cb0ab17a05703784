/* Columns of words that are dates. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "dates.h"
#include "source.h"

static const struct bl_load_type *given(const struct bl_load_options *o, const char *column)
{
    for (size_t i = 0; i < o->n_types; i++)
        if (strcmp(o->types[i].column, column) == 0)
            return &o->types[i];
    return NULL;
}

/* The levels read in one form; how many could be read before one could not. */
static size_t read_levels(const struct bl_column *c, enum bl_date_form form, double *seconds)
{
    size_t k = 0;

    while (k < c->n_levels && bl_date_parse(c->levels[k], strlen(c->levels[k]), form, &seconds[k]))
        k++;
    return k;
}

/* Seconds since 1970, as programs write them; only where dates are asked for. */
static size_t read_seconds(const struct bl_column *c, double *seconds)
{
    size_t k = 0;

    while (k < c->n_levels && bl_number_parse(c->levels[k], strlen(c->levels[k]), &seconds[k]))
        k++;
    return k;
}

struct reading { enum bl_date_form form; size_t read; bool ambiguous; };

/* The form that reads most; *seconds holds what it read. */
static struct reading best_form(const struct bl_column *c, double *seconds)
{
    struct reading best = { BL_DATE_ISO, 0, false };

    for (enum bl_date_form form = 0; form < BL_DATE_FORMS && best.read < c->n_levels; form++) {
        size_t n = read_levels(c, form, seconds);

        if (n > best.read)
            best = (struct reading){ form, n, false };
    }
    if (best.form == BL_DATE_DAY && best.read == c->n_levels) { /* 03/04/2011: which one is the month? */
        best.ambiguous = read_levels(c, BL_DATE_MONTH, seconds) == c->n_levels;
        for (size_t k = 0; best.ambiguous && k < c->n_levels; k++) {
            double other;

            if (bl_date_parse(c->levels[k], strlen(c->levels[k]), BL_DATE_DAY, &other) && other != seconds[k])
                return best;
        }
        best.ambiguous = false;
        read_levels(c, BL_DATE_DAY, seconds);
    }
    return best;
}

/* Where the dates come from. */
struct origin { const struct bl_source *source; const struct bl_reader_type *reader; const struct bl_load_options *options; };

static bool fail_date(const struct bl_table *t, size_t at, size_t level, const struct origin *from, struct bl_error *err)
{
    const struct bl_column *c = &t->columns[at];
    const char *label = from->source->label;
    char value[64], where[40] = "";
    size_t row = 0, line = 0, column = 0;

    while (row < t->n_rows && c->code[row] != level)
        row++;
    bl_show(value, sizeof value, c->levels[level], strlen(c->levels[level]));
    if (from->reader->place)
        from->reader->place(from->source, from->options, row, at, &line, &column);
    if (!line)
        snprintf(where, sizeof where, " in row %zu", row + 1);
    bl_fail_at(err, BL_DATA, label, line, column, "column '%s' holds '%s'%s, which is not a date", c->name, value, where);
    bl_reason(err, "a column is written in one way, as 2011-01-31, 2011-01-31T14:05, 31.01.2011, 31 Jan 2011 or 01/31/2011");
    return bl_hint(err, "load %s types=%s:datetime missing=%s", bl_source_typed(label).text, bl_typed(c->name).text, bl_typed(value).text);
}

static bool convert(struct bl_table *t, size_t at, const double *seconds, struct bl_error *err)
{
    struct bl_column *c = &t->columns[at];
    double *number = t->n_rows * sizeof *number <= bl_memory_limit() ? bl_aligned(t->n_rows, sizeof *number) : NULL;
    char *name = bl_strdup(c->name);
    bool fine = number && name;

    for (size_t i = 0; fine && i < t->n_rows; i++)
        number[i] = c->code[i] == BL_MISSING_CODE ? NAN : seconds[c->code[i]];
    fine = fine ? bl_table_set_dates(t, at, name, number, err) : bl_fail_memory(err, "a column of dates");
    if (!fine)
        bl_free(number);
    bl_free(name);
    return fine;
}

static void warn_ambiguous(const struct bl_table *t, size_t at, bool asked, const char *label, const struct bl_load_options *o)
{
    const struct bl_column *c = &t->columns[at];

    if (asked)
        bl_warnf(o->warnings, "write dates as 2011-01-31 to be sure", "column '%s': dates such as '%s' are read as month/day/year", c->name, c->levels[0]);
    else if (c->n_levels > 1) {
        struct bl_text hint = { 0 };

        bl_text_addf(&hint, "load %s types=%s:datetime reads month/day/year", label, c->name);
        bl_warnf(o->warnings, bl_text_get(&hint), "column '%s' may be dates, but '%s' may be day/month or month/day: it stays %s", c->name, c->levels[0],
                 bl_type_name(c->type));
        bl_text_free(&hint);
    }
}

static bool find_in(struct bl_table *t, size_t at, const struct origin *from, struct bl_error *err)
{
    const struct bl_load_options *o = from->options;
    const struct bl_column *c = &t->columns[at];
    const struct bl_load_type *type = given(o, c->name);
    bool asked = type && type->type == BL_DATETIME, fine = true;
    double *seconds;

    if (!c->code || !c->n_levels || (type && !asked))
        return true;
    seconds = bl_calloc(c->n_levels, sizeof *seconds);
    if (!seconds)
        return bl_fail_memory(err, "dates");
    struct reading best = best_form(c, seconds);

    if (asked && best.read < c->n_levels && read_seconds(c, seconds) == c->n_levels)
        best = (struct reading){ .read = c->n_levels };
    if (best.ambiguous)
        warn_ambiguous(t, at, asked, from->source->label, o);
    if (best.read == c->n_levels && (asked || !best.ambiguous))
        fine = convert(t, at, seconds, err);
    else if (asked)
        fine = fail_date(t, at, best.read, from, err);
    bl_free(seconds);
    return fine;
}

bool bl_dates_find(struct bl_table *t, const struct bl_source *s, const struct bl_reader_type *reader, const struct bl_load_options *o,
                   struct bl_error *err)
{
    const struct origin from = { s, reader, o };

    for (size_t j = 0; j < t->n_columns; j++)
        if (!find_in(t, j, &from, err))
            return false;
    return true;
}

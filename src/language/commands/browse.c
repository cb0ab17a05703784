/* browse: the table on the whole screen; where there is none, its rows with their numbers. */
#include "command.h"

#include <math.h>
#include <string.h>

enum { ROWS_PRINTED = 100 };

/* ---- what is asked for --------------------------------------------------------------------------*/

/* One key of sort=: a column, with '-' before it from the largest down. */
static bool key_parse(const struct bl_table *t, const char *word, size_t n, struct bl_browse_request *q, struct bl_error *err)
{
    char *name = bl_strndup(word, n);
    struct bl_sort_key key = { 0 };
    bool ok = name != NULL;

    if (!ok)
        return bl_fail_memory(err, "a name");
    if (q->n_keys == BL_SORT_KEYS)
        ok = bl_fail(err, BL_LIMIT, "sort= takes at most %d columns", BL_SORT_KEYS);
    if (ok && bl_table_find(t, name) == SIZE_MAX && name[0] == '-') {
        key.descending = true;
        ok = bl_table_column(t, name + 1, &key.column, err);
    } else if (ok) {
        ok = bl_table_column(t, name, &key.column, err);
    }
    if (ok)
        q->keys[q->n_keys++] = key;
    bl_free(name);
    return ok;
}

static bool sort_parse(const struct bl_args *a, const struct bl_table *t, struct bl_browse_request *q, struct bl_error *err)
{
    const char *text = bl_arg(a, "sort");
    bool ok = true;

    for (const char *at = text; ok && at && *at;) {
        size_t n = bl_table_find(t, at) != SIZE_MAX ? strlen(at) : strcspn(at, ","); /* a name may hold a comma */
        ok = key_parse(t, at, n, q, err);
        at += n + (at[n] == ',');
    }
    return ok || bl_at_pair(err, a, "sort");
}

static bool request_parse(const struct bl_args *a, const struct bl_table *t, struct bl_browse_request *q, struct bl_error *err)
{
    int64_t row = 0;

    *q = (struct bl_browse_request){ .column = SIZE_MAX, .where = bl_arg(a, "where") };
    if (a->n_words && !bl_word_column(a, 0, t, &q->column, err))
        return false;
    if (!bl_arg_integer(a, "row", 1, (int64_t)t->n_rows, &row, err) || !sort_parse(a, t, q, err))
        return false;
    q->row = (size_t)row;
    return true;
}

/* ---- without a screen ------------------------------------------------------------------------------*/

static void cell_add(struct bl_result *r, struct bl_grid *g, json_t *row, const struct bl_table *t, size_t i, size_t j)
{
    const struct bl_column *c = &t->columns[j];
    char buffer[64];
    const char *text = bl_table_cell(t, i, j, buffer, sizeof buffer);

    if (c->type == BL_NUMERIC)
        bl_json_append(r, row, bl_json_number(c->number[i]));
    else
        bl_json_append(r, row, *text ? bl_json_text(text) : json_null());
    if (!*text)
        bl_grid_skip(g);
    else if (c->type == BL_NUMERIC)
        bl_grid_exact(g, c->number[i]);
    else
        bl_grid_text(g, text);
}

static void rows_tell(struct bl_result *r, const struct bl_table *t, const uint32_t *rows, size_t from, size_t n)
{
    struct bl_grid *g = bl_result_grid(r);
    json_t *names = json_array(), *list = json_array(), *numbers = json_array();

    bl_grid_column(g, "row", BL_COUNT);
    for (size_t j = 0; j < t->n_columns; j++) {
        bl_grid_column(g, t->columns[j].name, t->columns[j].type == BL_NUMERIC ? BL_EXACT : BL_LEFT);
        bl_json_append(r, names, bl_json_text(t->columns[j].name));
    }
    for (size_t i = from; i < n && i < from + ROWS_PRINTED; i++) {
        json_t *row = json_array();
        bl_grid_count(g, rows[i] + 1);
        bl_json_append(r, numbers, json_integer((json_int_t)rows[i] + 1));
        for (size_t j = 0; j < t->n_columns; j++)
            cell_add(r, g, row, t, rows[i], j);
        bl_json_append(r, list, row);
    }
    bl_result_set(r, "names", names);
    bl_result_set(r, "numbers", numbers);
    bl_result_set(r, "rows", list);
}

static size_t begin_at(const struct bl_browse_request *q, const uint32_t *rows, size_t n)
{
    for (size_t i = 0; q->row && i < n; i++)
        if (rows[i] == q->row - 1)
            return i;
    return 0;
}

static bool rows_print(struct bl_session *s, const struct bl_browse_request *q, struct bl_result *r, struct bl_error *err)
{
    const struct bl_table *t = bl_current_table(s, err);
    uint32_t *rows = NULL;
    size_t n = 0, from;

    if (!bl_rows_choose(t, q->where, q->keys, q->n_keys, &rows, &n, bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), err))
        return false;
    from = begin_at(q, rows, n);
    rows_tell(r, t, rows, from, n);
    bl_result_set(r, "rows_total", json_integer((json_int_t)n));
    if (s->output != BL_OUT_JSON)
        bl_result_line(r, "rows %zu to %zu of %zu; browse moves through them on a terminal%s", n ? from + 1 : 0,
                       from + ROWS_PRINTED < n ? from + ROWS_PRINTED : n, n, s->plain ? " that is not plain" : " that can move its cursor");
    bl_free(rows);
    return true;
}

/* ---- command -----------------------------------------------------------------------------------------*/

/* What fails behind the words is the condition, whose own place is inside its text. */
static bool condition_fail(const struct bl_args *a, struct bl_error *err)
{
    bool written = err && (err->code == BL_USAGE || err->code == BL_UNKNOWN || err->code == BL_VALUE);

    return written && bl_arg(a, "where") ? bl_at_pair(err, a, "where") : false;
}

static bool run_browse(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_table *t = bl_current_table(s, err);
    struct bl_browse_request q;
    struct bl_text told = { 0 };
    bool ok;

    if (!t || !request_parse(a, t, &q, err))
        return false;
    if (!s->screen.browse || s->plain || s->output != BL_OUT_TABLE)
        return rows_print(s, &q, r, err) || condition_fail(a, err);
    ok = s->screen.browse(s->screen.context, &q, &told, err);
    if (ok && told.length)
        bl_result_line(r, "seen last: %s", bl_text_get(&told));
    bl_text_free(&told);
    return ok || condition_fail(a, err);
}

const struct bl_command bl_command_browse = {
    .name = "browse",
    .arguments = "[COLUMN] [row=N] [sort=COLUMN,-COLUMN] [where=CONDITION]",
    .group = "look",
    .summary = "move through the whole table on a screen of its own",
    .help = "Arrows, pages and h j k l move; / finds, n and N go on; [ and ] sort by the column under the cursor, "
            "& keeps the rows that fulfil a condition; ! freezes a column, _ < > change its width, - hides it; i shows "
            "its figures and histogram beside the table; Enter shows one row as a list; a number and G goes to that "
            "row; ? lists all keys, q comes back. The table stays as it is: order and condition are of the view alone. "
            "Without a screen the first 100 rows are printed with their numbers. sort=-COLUMN begins with the largest; "
            "missing values come last. At the end the command is told that shows the same view again.",
    .examples = BL_EXAMPLES("load iris; browse", "load titanic; browse Age sort=-Age", "load iris; browse where='petal_width > 2' sort=petal_length"),
    .see = "head, describe, columns",
    .first = BL_ARG_COLUMN,
    .keys = BL_KEYS({"row", "", "begin at this row"},
                    {"sort", "", "columns to sort by, the first decides; -COLUMN: from the largest down"},
                    {"where", "", "only the rows that fulfil this condition"}),
    .keeps_running = true,
    .run = run_browse,
};

/* export c: one C file without dependencies, with the whole recipe inside, and rows by which it tests itself. Names that
 * come from data stand in string literals alone. */
#include "src/keep/export_c.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define PREFIX_MOST 31

/* ---- pieces of C ------------------------------------------------------------------------------------------ */

void bl_c_add(const struct bl_c *c, const char *piece)
{
    for (size_t n; *piece; piece += n) {
        n = strcspn(piece, "@^");
        bl_text_addn(c->out, piece, n);
        if (!piece[n])
            return;
        bl_text_add(c->out, piece[n] == '@' ? c->prefix : c->capitals);
        n++;
    }
}

void bl_c_number(struct bl_text *out, double x)
{
    char number[40];

    if (isnan(x) || isinf(x)) {
        bl_text_add(out, isnan(x) ? "NAN" : x > 0 ? "INFINITY" : "-INFINITY");
        return;
    }
    bl_number_full(number, sizeof number, x);
    bl_text_add(out, number);
    if (!strpbrk(number, ".e"))
        bl_text_add(out, ".0");
}

/* Letters, digits and blanks stay; all else is written by number, so that nothing ends the literal, begins a comment,
 * a trigraph or a macro, or depends on the character set of a compiler. */
void bl_c_string(struct bl_text *out, const char *text)
{
    static const char plain[] = " _-+.,:;=<>()[]{}!#$%&'*@^~|";

    if (!text) {
        bl_text_add(out, "NULL");
        return;
    }
    bl_text_add(out, "\"");
    for (const unsigned char *s = (const unsigned char *)text; *s; s++)
        if (*s < 128 && (isalnum(*s) || strchr(plain, *s)))
            bl_text_addn(out, (const char *)s, 1);
        else
            bl_text_addf(out, "\\%03o", (unsigned)*s);
    bl_text_add(out, "\"");
}

void bl_c_numbers(const struct bl_c *c, const char *name, size_t number, const double *x, size_t n)
{
    bl_c_add(c, "static const double @_");
    bl_text_addf(c->out, "%s%zu[] = {", name, number);
    for (size_t i = 0; i < n; i++) {
        bl_text_add(c->out, i == 0 ? "" : i % 5 ? ", " : ",\n    ");
        bl_c_number(c->out, x[i]);
    }
    bl_text_add(c->out, n ? "};\n" : "0};\n");
}

/* ---- what is in front --------------------------------------------------------------------------------------- */

static void add_strings(const struct bl_c *c, const char *name, size_t (*count)(const struct bl_plan *), const struct bl_plan *p,
                        const char *(*text)(const struct bl_plan *, size_t))
{
    bl_c_add(c, "const char *const @_");
    bl_text_addf(c->out, "%s[] = {", name);
    for (size_t i = 0; i < count(p); i++) {
        bl_text_add(c->out, i ? ",\n    " : "\n    ");
        bl_c_string(c->out, text(p, i));
    }
    bl_text_add(c->out, "};\n");
}

static size_t count_columns(const struct bl_plan *p)
{
    return p->n_columns;
}

static const char *text_column(const struct bl_plan *p, size_t i)
{
    return p->sources[p->columns[i]].name;
}

static size_t count_classes(const struct bl_plan *p)
{
    return p->model->objective->n_classes;
}

static const char *text_class(const struct bl_plan *p, size_t i)
{
    return p->model->roles->classes[i];
}

static const char *what_is_told(const struct bl_plan *p)
{
    return p->link == BL_LINK_SCORE ? " * Output: the margin, above 0 for the positive class.\n"
           : p->n_outputs > 1       ? " * Output: a probability for each class, in the order of @_classes.\n"
                                    : " * Output: the predicted value.\n";
}

static void add_head(const struct bl_c *c, const struct bl_plan *p)
{
    bl_c_add(c, "/* A model with its whole recipe, written by batchlab: ");
    bl_text_addf(c->out, "%s, %zu features, %zu parameters.\n *\n", p->model->objective->type->name, p->n_features,
                 p->model->objective->n_params);
    bl_c_add(c, " * A row is ^_COLUMNS cells in the order of @_columns: where @_is_text, its text (NULL: missing), else its\n"
                " * number (NAN: missing; of dates the seconds since 1970-01-01 UTC). @_predict returns 0, or 1 where nothing can\n"
                " * be said of the row: a value is missing that no step fills, or leaves the range of numbers.\n");
    bl_c_add(c, what_is_told(p));
    bl_c_add(c, " *\n"
                " *     cc -c FILE.c                                    to link (with -lm)\n"
                " *     cc -D^_TEST FILE.c -lm && ./a.out         tests itself on the rows at the end\n"
                " */\n"
                "#include <math.h>\n"
                "#include <stddef.h>\n"
                "#include <string.h>\n\n");
    bl_text_addf(c->out, "#define %s_COLUMNS %zu\n#define %s_OUTPUTS %zu\n", c->capitals, p->n_columns, c->capitals, p->n_outputs);
    if (p->model->objective->n_classes)
        bl_text_addf(c->out, "#define %s_CLASSES %zu\n", c->capitals, p->model->objective->n_classes);
    bl_c_add(c, "\nstruct @_cell { double number; const char *text; };\n\n"
                "extern const char *const @_columns[];\n"
                "extern const int @_is_text[];\n"
                "extern const char *const @_target;\n"
                "int @_predict(const struct @_cell *row, double *out);\n");
    if (p->model->objective->n_classes)
        bl_c_add(c, "extern const char *const @_classes[];\n"
                    "int @_class(const double *out); /* the class that such outputs decide for, by its number in @_classes */\n");
    bl_text_add(c->out, "\n");
}

static void add_names(const struct bl_c *c, const struct bl_plan *p)
{
    add_strings(c, "columns", count_columns, p, text_column);
    bl_c_add(c, "const int @_is_text[] = {");
    for (size_t i = 0; i < p->n_columns; i++)
        bl_text_addf(c->out, "%s%d", i == 0 ? "" : i % 30 ? ", " : ",\n    ", bl_c_is_text(&p->sources[p->columns[i]]));
    bl_c_add(c, "};\nconst char *const @_target = ");
    bl_c_string(c->out, p->model->target);
    bl_text_add(c->out, ";\n");
    if (p->model->objective->n_classes)
        add_strings(c, "classes", count_classes, p, text_class);
    bl_text_add(c->out, "\n");
}

/* ---- rows for tests ------------------------------------------------------------------------------------------- */

static void add_cell(const struct bl_c *c, const struct bl_plan *p, const struct bl_table *t, size_t row, size_t j)
{
    size_t at = bl_table_find(t, p->sources[p->columns[j]].name);
    const struct bl_column *column = &t->columns[at];

    bl_text_add(c->out, j == 0 ? "{" : j % 6 ? ", {" : ",\n      {");
    if (column->code) {
        bl_text_add(c->out, "0, ");
        bl_c_string(c->out, column->code[row] == BL_MISSING_CODE ? NULL : column->levels[column->code[row]]);
    } else {
        bl_c_number(c->out, column->number[row]);
        bl_text_add(c->out, ", NULL");
    }
    bl_text_add(c->out, "}");
}

static void add_row(const struct bl_c *c, const struct bl_plan *p, const struct bl_plan_tests *t, size_t i)
{
    size_t row;
    const struct bl_table *table = bl_plan_test_row(t, i, &row);

    bl_text_add(c->out, "    {{");
    for (size_t j = 0; j < p->n_columns; j++)
        add_cell(c, p, table, row, j);
    bl_text_addf(c->out, "},\n     %d, {", (int)t->refused[i]);
    for (size_t k = 0; k < p->n_outputs; k++) {
        bl_text_add(c->out, k ? ", " : "");
        bl_c_number(c->out, t->refused[i] ? 0 : t->out[i * p->n_outputs + k]);
    }
    bl_text_add(c->out, "}},\n");
}

static const char test_main[] =
    "};\n"
    "\n"
    "int main(void)\n"
    "{\n"
    "    int n = (int)(sizeof @_tests / sizeof *@_tests), wrong = 0;\n"
    "\n"
    "    for (int i = 0; i < n; i++) {\n"
    "        double out[^_OUTPUTS];\n"
    "        int bad = @_predict(@_tests[i].row, out) != @_tests[i].refused;\n"
    "        for (int k = 0; k < ^_OUTPUTS && !@_tests[i].refused; k++) {\n"
    "            double expected = @_tests[i].out[k], most = fabs(expected) > 1 ? fabs(expected) : 1;\n"
    "            bad |= !(out[k] == expected || fabs(out[k] - expected) <= 1e-12 * most);\n"
    "        }\n"
    "        if (bad)\n"
    "            printf(\"row %d: %.17g, expected %.17g\\n\", i, out[0], @_tests[i].out[0]);\n"
    "        wrong += bad;\n"
    "    }\n"
    "    printf(\"%d of %d rows as expected\\n\", n - wrong, n);\n"
    "    return wrong > 0;\n"
    "}\n"
    "#endif\n";

static bool add_tests(const struct bl_c *c, const struct bl_plan *p, const struct bl_table *data, struct bl_error *err)
{
    struct bl_plan_tests t;

    if (!bl_plan_test(&t, p, data, err))
        return false;
    bl_c_add(c, "\n#ifdef ^_TEST\n#include <stdio.h>\n\n"
                "static const struct { struct @_cell row[^_COLUMNS]; int refused; double out[^_OUTPUTS]; } @_tests[] = {\n");
    for (size_t i = 0; i < t.n; i++)
        add_row(c, p, &t, i);
    bl_c_add(c, test_main);
    bl_plan_tests_free(&t);
    return true;
}

/* ---- all ------------------------------------------------------------------------------------------------------ */

static bool check_prefix(const char *prefix, struct bl_error *err)
{
    size_t n = strspn(prefix, "abcdefghijklmnopqrstuvwxyz0123456789_");

    if (n > 0 && !prefix[n] && n <= PREFIX_MOST && islower((unsigned char)*prefix))
        return true;
    bl_fail(err, BL_VALUE, "prefix=%s can not begin names of C: small letters, digits and '_', at most %d, a letter first", prefix, PREFIX_MOST);
    return bl_hint(err, "prefix=churn");
}

static bool write_c(const struct bl_kept_parts *model, const struct bl_export_how *how, struct bl_text *out, struct bl_error *err)
{
    struct bl_c c = {.out = out, .prefix = how->prefix ? how->prefix : "model"};
    struct bl_plan p;
    bool ok;

    if (!check_prefix(c.prefix, err) || !bl_plan_dense(model, "c", err) || !bl_plan_make(&p, model, err))
        return false;
    for (size_t i = 0; c.prefix[i]; i++)
        c.capitals[i] = (char)toupper((unsigned char)c.prefix[i]);
    add_head(&c, &p);
    add_names(&c, &p);
    ok = bl_c_layers_known(&p, err) && bl_c_recipe(&c, &p, err);
    if (ok) {
        bl_c_model(&c, &p);
        ok = add_tests(&c, &p, how->table, err);
    }
    bl_plan_free(&p);
    return ok;
}

const struct bl_exporter bl_exporter_c = {
    .name = "c",
    .summary = "one C file without dependencies: recipe, model, rows that test it",
    .write = write_c,
};
